import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { DepositModal } from "@/components/DepositModal";
import type { Transaction } from "@/lib/api";
import { readRecord, writeRecord } from "@/lib/depositRecord";
import type { Language } from "@/lib/language";
import { api, buildTransaction, envelope, push, settle } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const USER = 7;
const onChanged = vi.fn();
const onSignedOut = vi.fn();

type SheetProps = {
  chosen?: Transaction | null;
  resumable?: Transaction | null;
  initiallyOpen?: boolean;
};

function Sheet({ chosen = null, resumable = null, initiallyOpen = true }: SheetProps) {
  const [open, setOpen] = useState(initiallyOpen);
  const callbacks = { onOpenChange: setOpen, onChanged, onSignedOut };
  return (
    <DepositModal
      open={open}
      userId={USER}
      phone="254712345678"
      newestId={0}
      chosen={chosen}
      resumable={resumable}
      {...callbacks}
    />
  );
}

function renderSheet(props: SheetProps = {}, language: Language = "en") {
  return renderPage(<Sheet {...props} />, language);
}

async function deposit(user: ReturnType<typeof renderSheet>["user"], amount: number) {
  await user.type(screen.getByLabelText("Amount in KSh"), String(amount));
  await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
}

const title = (name: string | RegExp) => screen.findByRole("heading", { name });
const remembered = {
  key: "old-key",
  amount: 300,
  startedAt: new Date().toISOString(),
  newestIdBefore: 0,
  minimised: false,
};

describe("the form", () => {
  it("sets the amount by chips and says what is paid and from where", async () => {
    const { user } = renderSheet();
    await user.type(screen.getByLabelText("Amount in KSh"), "7");

    await user.click(screen.getByRole("radio", { name: "KSh 1,000" }));

    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("1,000");
    expect(screen.getByRole("button", { name: "Deposit KSh 1,000" })).toBeEnabled();
    expect(screen.getByText(/0712 \*\*\* 678/)).toBeVisible();
    expect(screen.getByText(/We never ask for it/)).toBeVisible();
  });

  it("links its errors to the amount and sends nothing", async () => {
    const { user } = renderSheet();
    const amount = screen.getByLabelText("Amount in KSh");

    await user.click(screen.getByRole("button", { name: "Deposit" }));
    expect(amount).toHaveAccessibleDescription(/Enter an amount\./);
    expect(amount).toBeInvalid();

    await screen.findByText("From KSh 1 to KSh 150,000.");
    await user.type(amount, "150001");
    await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
    expect(amount).toHaveAccessibleDescription(/from KSh 1 to KSh 150,000/);
    expect(api.pushes).toEqual([]);
  });

  it("refuses to send without network", async () => {
    const { user } = renderSheet();
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    act(() => {
      window.dispatchEvent(new Event("offline"));
    });

    expect(await screen.findByRole("alert")).toHaveTextContent("Nothing was sent");
    await user.type(screen.getByLabelText("Amount in KSh"), "500{Enter}");
    expect(api.pushes).toEqual([]);
  });
});

describe("a deposit that ends", () => {
  it("shows success with the server's amount, code and balance", async () => {
    const { user } = renderSheet();
    await deposit(user, 500);

    await title("KSh 500 received");
    expect(await screen.findByText("TKN4ABCDEF")).toBeVisible();
    expect(screen.getByText("KSh 1,500.00")).toBeVisible();
    expect(onChanged).toHaveBeenCalled();
    expect(readRecord(USER)).toBeNull();
  });

  it.each([
    [1032, "You cancelled the request", "The request was cancelled.", "Try again"],
    [1111, "Not enough money in M-Pesa", "Not enough money in M-Pesa.", "Change amount"],
    [1037, "Your phone could not be reached", "Your phone could not be reached.", "Try again"],
    [2001, "The PIN was not right", "The PIN was wrong.", "Try again"],
  ])(
    "tells the three things after %i and goes back to the form",
    async (amount, name, message, again) => {
      const { user } = renderSheet();
      await deposit(user, amount);

      await title(name);
      expect(screen.getByText(message, { selector: "p:not([role])" })).toBeVisible();
      expect(screen.getByText("No money has moved.")).toBeVisible();
      expect(readRecord(USER)).toBeNull();

      await user.click(screen.getByRole("button", { name: again }));
      expect(screen.getByRole("button", { name: /^Deposit KSh/ })).toBeEnabled();
    },
  );

  it("sends a new key for a new deposit, and one request for two taps", async () => {
    const { user } = renderSheet();
    await user.type(screen.getByLabelText("Amount in KSh"), "1032");
    await user.dblClick(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await title("You cancelled the request");

    expect(api.pushes).toHaveLength(2);
    expect(new Set(api.pushes.map(({ key }) => key)).size).toBe(2);
    expect(api.pushes[0]).toMatchObject({ csrf: "token-of-the-cookie", language: "en" });
  });
});

describe("a deposit under way", () => {
  it("waits for the PIN, is put aside by Escape, and comes back by its pill", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Check your phone");
    expect(screen.getByText("#41")).toBeVisible();

    await user.click(screen.getAllByRole("button", { name: "Close and keep confirming" })[0]!);
    expect(readRecord(USER)).toMatchObject({ transactionId: 41, minimised: true });

    await user.click(screen.getByRole("button", { name: /Deposit of KSh 4,999: confirming/ }));
    await title("Check your phone");
    expect(readRecord(USER)).toMatchObject({ minimised: false });
  });

  it("asks at once when the customer comes back from the prompt", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Check your phone");

    settle(41, { status: "COMPLETED", mpesa_receipt_number: "TKN4LATER0" });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });

    await title("KSh 4,999 received");
  });

  it("says that it is checking after 202, and never that it failed", async () => {
    server.use(
      http.post("*/stk-push/", () =>
        HttpResponse.json({ ...push(4999), checkout_id: null }, { status: 202 }),
      ),
    );
    const { user } = renderSheet();
    await deposit(user, 4999);
    expect(await screen.findByText("#41")).toBeVisible();
    expect(screen.queryByText("No money has moved.")).not.toBeInTheDocument();
  });

  it("offers another deposit, empty, once the prompt is over and the wait has passed", async () => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    const { user } = renderSheet({ chosen });
    await title("Confirming with M-Pesa");
    await user.click(screen.getByRole("button", { name: "Start another deposit" }));
    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("");
  });

  it("is under review when the server stops asking for polls", async () => {
    const chosen = buildTransaction({ next_poll_after: null });
    api.transactions = [chosen];
    renderSheet({ chosen });
    await title("A person is looking at this deposit");
    expect(screen.getByText(/Do not pay again/)).toBeVisible();
  });

  it("shows the open deposit, with its own amount, when another was asked for", async () => {
    api.transactions = [buildTransaction({ id: 30, amount: 200 })];
    server.use(
      http.post("*/stk-push/", () =>
        envelope(409, "deposit_in_progress", "You have a deposit open.", {
          transaction_id: 30,
          retry_after: 60,
        }),
      ),
    );
    const { user } = renderSheet();
    await deposit(user, 500);
    await title("Check your phone");
    expect(screen.getByText("KSh 200")).toBeVisible();
    expect(screen.getByText("You have a deposit open.")).toBeVisible();
  });

  it("goes to log in when the session ended, and keeps the deposit", async () => {
    writeRecord(USER, { ...remembered, transactionId: 41 });
    api.signedIn = false;
    renderSheet();
    await waitFor(() => {
      expect(onSignedOut).toHaveBeenCalled();
    });
    expect(readRecord(USER)).toMatchObject({ transactionId: 41 });
  });

  it("tells that the network is gone and keeps waiting", async () => {
    writeRecord(USER, { ...remembered, transactionId: 41 });
    server.use(http.get("*/status/", () => HttpResponse.error()));
    renderSheet();
    expect(await screen.findByText(/No network\. Sent at/)).toBeVisible();
    await title("Confirming with M-Pesa");
  });

  it("forgets a remembered deposit that the server does not know", async () => {
    writeRecord(USER, { ...remembered, transactionId: 999 });
    renderSheet();
    await title("Deposit with M-Pesa");
    expect(readRecord(USER)).toBeNull();
  });
});

describe("a request whose answer was lost", () => {
  function loseAnswers() {
    server.use(http.post("*/stk-push/", () => HttpResponse.error(), { once: true }));
  }

  it("is checked by the customer's tap with the same key", async () => {
    loseAnswers();
    const { user } = renderSheet();
    await deposit(user, 500);
    await title("We are checking whether the request went out");
    const key = readRecord(USER)?.key;

    await user.click(screen.getByRole("button", { name: "Check now" }));

    await title("KSh 500 received");
    expect(api.pushes.map((sent) => sent.key)).toEqual([key]);
  });

  it("is found on the list without being sent again", async () => {
    server.use(
      http.post("*/stk-push/", () => {
        push(4999);
        return HttpResponse.error();
      }),
    );
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Check your phone");
    expect(readRecord(USER)).toMatchObject({ transactionId: 41 });
  });

  it("is resumed after a reload with its key, and not sent by itself", async () => {
    writeRecord(USER, { ...remembered, transactionId: null });
    const { user } = renderSheet();
    await title("We are checking whether the request went out");
    expect(api.pushes).toEqual([]);

    await user.click(screen.getByRole("button", { name: "Check now" }));
    await title("KSh 300 received");
    expect(api.pushes).toMatchObject([{ key: "old-key", amount: 300 }]);
  });

  it("stays unclear when the repeat is refused before the key was looked at", async () => {
    writeRecord(USER, { ...remembered, transactionId: null });
    server.use(
      http.post("*/stk-push/", () => envelope(429, "rate_limited", "Slowly.", { retry_after: 30 })),
    );
    const { user } = renderSheet();
    await user.click(await screen.findByRole("button", { name: "Check now" }));
    expect(await screen.findByRole("button", { name: /Check in 0:/ })).toBeDisabled();
    expect(readRecord(USER)).toMatchObject({ key: "old-key" });
  });
});

describe("a clear no", () => {
  it.each([
    [503, "mpesa_unavailable", { retry_after: 30 }, /Deposit again in 0:/],
    [403, "kyc_required", {}, /^Deposit KSh/],
    [502, "mpesa_rejected", {}, /^Deposit KSh/],
  ])(
    "%i %s is told above the form, and nothing is remembered",
    async (status, code, extra, button) => {
      server.use(
        http.post("*/stk-push/", () => envelope(status, code, "The server's own words.", extra)),
      );
      const { user } = renderSheet();
      await deposit(user, 500);
      expect(await screen.findByRole("alert")).toHaveTextContent(
        "The server's own words.No money has moved.",
      );
      expect(screen.getByRole("button", { name: button })).toBeInTheDocument();
      expect(readRecord(USER)).toBeNull();
    },
  );

  it("puts the server's word on the amount beside the amount", async () => {
    server.use(
      http.post("*/stk-push/", () =>
        envelope(400, "invalid_amount", "Amount must be between 10 and 99 KES"),
      ),
    );
    const { user } = renderSheet();
    await deposit(user, 500);
    await waitFor(() => {
      expect(screen.getByLabelText("Amount in KSh")).toHaveAccessibleDescription(
        /between 10 and 99/,
      );
    });
  });
});

describe("two tabs and two languages", () => {
  it("follows what another tab began and saw end", async () => {
    renderSheet({ initiallyOpen: false });
    push(4999);
    writeRecord(USER, { ...remembered, amount: 4999, transactionId: 41 });
    const tell = () => {
      act(() => {
        window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.deposit.7" }));
      });
    };
    tell();
    await screen.findByRole("button", { name: /Deposit of KSh 4,999: confirming/ });

    settle(41, { status: "FAILED", result_code: "1032" });
    window.localStorage.clear();
    tell();
    await screen.findByRole("button", { name: /Deposit of KSh 4,999: not completed/ });
  });

  it("speaks Kiswahili and asks the API for it", async () => {
    const { user } = renderSheet({}, "sw");
    const dialog = within(screen.getByRole("dialog", { name: "Weka pesa kwa M-Pesa" }));
    await user.type(dialog.getByLabelText("Kiasi kwa KSh"), "500{Enter}");
    await title("KSh 500 imepokelewa");
    expect(api.pushes[0]).toMatchObject({ language: "sw" });
  });
});
