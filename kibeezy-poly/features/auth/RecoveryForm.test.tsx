import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { parseCode } from "@/features/auth/CodeField";
import { RecoveryForm } from "@/features/auth/RecoveryForm";
import { envelope, me } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const replace = vi.fn();
const router = { replace };
vi.mock("next/navigation", () => ({ useRouter: () => router }));

type User = ReturnType<typeof renderPage>["user"];

beforeEach(() => {
  replace.mockClear();
  sessionStorage.clear();
});

async function ask(user: User) {
  await user.type(screen.getByLabelText("Phone number"), "0712 345 678");
  await user.click(screen.getByRole("button", { name: "Send me a code by SMS" }));
  return screen.findByLabelText("Code from the SMS");
}

async function confirm(user: User, code = "482 160") {
  await user.type(screen.getByLabelText("Code from the SMS"), code);
  await user.type(screen.getByLabelText("New password"), "jambo-kenya-2031");
  await user.click(screen.getByRole("button", { name: "Save and log in" }));
}

describe("a forgotten password", () => {
  it("is replaced by the code, and opens the wallet", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post("*/api/auth/recovery/", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ recovery: "a-handle", expires_at: "" }, { status: 202 });
      }),
      http.post("*/api/auth/recovery/confirm/", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(me);
      }),
    );
    const { user } = renderPage(<RecoveryForm />);

    await ask(user);
    // What is said must be true of numbers without an account, too.
    expect(screen.getByText(/^If 0712.345.678 has an account/)).toBeVisible();
    await confirm(user);

    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
    expect(sent).toEqual([
      { phone_number: "254712345678" },
      { recovery: "a-handle", code: "482160", new_password: "jambo-kenya-2031" },
    ]);
    // Nothing of it stays on a phone that others may use.
    expect(sessionStorage.length).toBe(0);
    expect(screen.getByRole("button", { name: "Saving…" })).toBeVisible();
  });

  it("asks nothing without a number, six digits and a password", async () => {
    const { user } = renderPage(<RecoveryForm />);
    await user.click(screen.getByRole("button", { name: "Send me a code by SMS" }));
    expect(screen.getByLabelText("Phone number")).toHaveAccessibleDescription(/Kenyan mobile/);

    await ask(user);
    await confirm(user, "48216");
    expect(screen.getByLabelText("Code from the SMS")).toHaveAccessibleDescription(
      /Enter the six digits/,
    );
    expect(replace).not.toHaveBeenCalled();
  });

  it("says that no SMS can be sent", async () => {
    server.use(
      http.post("*/api/auth/recovery/", () => envelope(503, "sms_unavailable", "No SMS now.")),
    );
    const { user } = renderPage(<RecoveryForm />);
    await user.type(screen.getByLabelText("Phone number"), "0712345678");
    await user.click(screen.getByRole("button", { name: "Send me a code by SMS" }));
    expect(await screen.findByText("No SMS now.")).toBeVisible();
    expect(screen.queryByLabelText("Code from the SMS")).toBeNull();
  });

  it("goes on where it was after the phone has ended the page", async () => {
    const { user, unmount } = renderPage(<RecoveryForm />);
    await ask(user);
    unmount();

    const later = renderPage(<RecoveryForm />);

    await confirm(later.user);
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  it("keeps a wrong code's page, and offers a new code at once", async () => {
    server.use(
      http.post("*/api/auth/recovery/confirm/", () => envelope(410, "code_ended", "It ended.")),
    );
    const { user } = renderPage(<RecoveryForm />);
    await ask(user);
    expect(screen.queryByRole("button", { name: "Send a new code" })).toBeNull();
    await confirm(user);
    expect(await screen.findByText("It ended.")).toBeVisible();

    await user.click(screen.getByRole("button", { name: "Send a new code" }));

    expect(await screen.findByText(/A new code is on its way/)).toBeVisible();
  });

  it("offers a new code after half a minute", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      renderPage(<RecoveryForm />);
      fireEvent.change(screen.getByLabelText("Phone number"), { target: { value: "0712345678" } });
      fireEvent.click(screen.getByRole("button", { name: "Send me a code by SMS" }));
      expect(await screen.findByText(/Nothing yet\?/)).toBeVisible();
      await act(() => vi.advanceTimersByTimeAsync(30_000));
      expect(screen.getByRole("button", { name: "Send a new code" })).toBeVisible();
    } finally {
      vi.useRealTimers();
    }
  });

  it("takes another number", async () => {
    const { user } = renderPage(<RecoveryForm />);
    await ask(user);
    await user.click(screen.getByRole("button", { name: "Not your number? Change it" }));
    expect(screen.getByLabelText("Phone number")).toBeVisible();
    expect(sessionStorage.length).toBe(0);
  });

  it("starts afresh with a store that holds something else", () => {
    sessionStorage.setItem("kibeezy.recovery", "{");
    renderPage(<RecoveryForm />);
    expect(screen.getByLabelText("Phone number")).toBeVisible();
  });

  it("works where the browser denies storage", async () => {
    const denied = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("Denied", "SecurityError");
    });
    try {
      const { user } = renderPage(<RecoveryForm />);
      await ask(user);
      await user.click(screen.getByRole("button", { name: "Not your number? Change it" }));
    } finally {
      denied.mockRestore();
    }
  });
});

describe("a code", () => {
  it.each([
    ["482160", "482160"],
    [" 482 160 ", "482160"],
    ["482-160", "482160"],
    ["\u200e482160", "482160"],
    ["48216", null],
    ["4821601", null],
    ["48216a", null],
  ])("reads %j", (typed, code) => {
    expect(parseCode(typed)).toBe(code);
  });
});
