import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { AccountView } from "@/features/account/AccountView";
import { account, THIS_SESSION } from "@/test/accountHandlers";
import { envelope } from "@/test/handlers";
import { goTo, router } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const page = (
  <SignedIn>
    <AccountView version="0.1.0" />
  </SignedIn>
);

beforeEach(() => {
  router.replace.mockClear();
  goTo("/account");
});

const card = async (name: string) => within(await screen.findByRole("region", { name }));

/** Opens a row of the page, unless it is open already. */
async function open(user: ReturnType<typeof renderPage>["user"], name: string) {
  const opened = await card(name);
  const heading = opened.getByRole("heading", { name });
  if (heading.closest("details")?.open === false) await user.click(heading);
  return opened;
}

describe("the account page", () => {
  it("shows name, the whole number, identity and version", async () => {
    renderPage(page);
    const you = await card("You");
    expect(you.getByText("Wanjiku Otieno")).toBeVisible();
    expect(you.getByText("0712 345 678")).toBeVisible();
    expect(screen.getByRole("link", { name: /Identity.*Confirmed/ })).toHaveAttribute(
      "href",
      "/identity",
    );
    expect(screen.getByRole("link", { name: "Limits and cool-off" })).toBeVisible();
    expect((await card("About this app")).getByText("0.1.0")).toBeVisible();
  });

  it("changes the password, and clears the fields", async () => {
    const { user } = renderPage(page);
    const password = await open(user, "Change password");
    await user.type(password.getByLabelText("Current password"), "kibeezy-demo");
    await user.type(password.getByLabelText("New password"), "jambo-kenya-2030");
    await user.click(password.getByRole("button", { name: "Change password" }));
    expect(await password.findByText(/Other devices are logged out/)).toBeVisible();
    expect(account.sent).toEqual([
      {
        path: "/api/auth/password/",
        body: { current_password: "kibeezy-demo", new_password: "jambo-kenya-2030" },
      },
    ]);
    expect(password.getByLabelText("New password")).toHaveValue("");
  });

  it.each([
    ["", "short", "Enter your password.", /Use at least 8 characters/],
    ["kibeezy-demo", "kibeezy-demo", "", /is the old one/],
  ])("refuses %j and %j before asking", async (current, wanted, currentFault, wantedFault) => {
    const { user } = renderPage(page);
    const password = await open(user, "Change password");
    if (current !== "") await user.type(password.getByLabelText("Current password"), current);
    await user.type(password.getByLabelText("New password"), wanted);
    await user.click(password.getByRole("button", { name: "Change password" }));
    expect(password.getByLabelText("Current password")).toHaveAccessibleDescription(currentFault);
    expect(password.getByLabelText("New password")).toHaveAccessibleDescription(wantedFault);
    expect(account.sent).toEqual([]);
  });

  it("says that our team set the password, until the customer changes it", async () => {
    account.passwordSetByUsAt = "2026-11-25T09:00:00Z";
    const { user } = renderPage(page);
    const password = await card("Change password");
    // The row opens automatically: the customer did not know that there is something to read.
    expect(await password.findByText(/Our team set your password on/)).toBeVisible();
    await user.type(password.getByLabelText("Current password"), "kibeezy-demo");
    await user.type(password.getByLabelText("New password"), "jambo-kenya-2030");
    await user.click(password.getByRole("button", { name: "Change password" }));
    expect(await password.findByText(/Other devices are logged out/)).toBeVisible();
    await waitFor(() => {
      expect(password.queryByText(/Our team set your password/)).toBeNull();
    });
  });

  it("shows a wrong current password beside its field", async () => {
    server.use(
      http.post("*/api/auth/password/", () =>
        envelope(400, "validation_error", "Check the fields.", {
          fields: { current_password: ["That is not your password."] },
        }),
      ),
    );
    const { user } = renderPage(page);
    const password = await open(user, "Change password");
    await user.type(password.getByLabelText("Current password"), "wrong-one");
    await user.type(password.getByLabelText("New password"), "jambo-kenya-2030");
    await user.click(password.getByRole("button", { name: "Change password" }));
    expect(await password.findByText("That is not your password.")).toBeVisible();
  });

  it("requests another number, and withdraws the request", async () => {
    const { user } = renderPage(page);
    const change = await open(user, "Change phone number");
    await user.type(await change.findByLabelText("New number"), "0722 456 789");
    await user.type(change.getByLabelText("Your password"), "kibeezy-demo");
    await user.click(change.getByRole("button", { name: "Ask for the change" }));

    expect(await change.findByText(/You asked for 0722.456.789/)).toBeVisible();
    expect(account.sent).toEqual([
      {
        path: "/api/auth/phone/",
        body: { new_phone_number: "254722456789", password: "kibeezy-demo" },
      },
    ]);
    await user.click(change.getByRole("button", { name: "Withdraw the request" }));
    expect(await change.findByText(/You withdrew the change/)).toBeVisible();
    expect(await change.findByLabelText("New number")).toBeVisible();
  });

  it.each([
    ["0712 345 678", /This is your number already/],
    ["12", /Enter a Kenyan mobile number/],
  ])("rejects %s as a new number", async (number, fault) => {
    const { user } = renderPage(page);
    const change = await open(user, "Change phone number");
    await user.type(await change.findByLabelText("New number"), number);
    await user.type(change.getByLabelText("Your password"), "kibeezy-demo");
    await user.click(change.getByRole("button", { name: "Ask for the change" }));
    expect(change.getByLabelText("New number")).toHaveAccessibleDescription(fault);
    expect(account.sent).toEqual([]);
  });

  it("shows a rejected change with its reason, and a completed one", async () => {
    account.change = {
      new_phone_number: "254722456789",
      status: "REJECTED",
      requested_at: "2026-11-24T09:00:00Z",
      decided_at: "2026-11-25T09:00:00Z",
      reason: "The number has another owner.",
    };
    const { unmount } = renderPage(page);
    const change = await card("Change phone number");
    expect(await change.findByText("Reason: The number has another owner.")).toBeVisible();
    unmount();
    account.change = { ...account.change, status: "APPROVED", reason: null };
    renderPage(page);
    expect(await screen.findByText(/Changed to 0722.456.789 on 25 Nov 2026/)).toBeVisible();
  });

  it("lists where the customer is logged in, and ends all but this", async () => {
    account.sessions = [
      THIS_SESSION,
      { ...THIS_SESSION, browser: "Firefox", system: "Windows", is_current: false },
      { ...THIS_SESSION, browser: "", system: "", opened_at: null, is_current: false },
      { ...THIS_SESSION, kind: "token", browser: "", system: "", is_current: false },
    ];
    const { user } = renderPage(page);
    const sessions = await open(user, "Where you are logged in");
    expect((await sessions.findAllByRole("listitem")).map((row) => row.textContent)).toEqual([
      expect.stringMatching(/^Chrome, AndroidThis phone or computer.*since .*25 Nov/),
      expect.stringMatching(/^Firefox, Windowssince .*25 Nov/),
      "A phone or computer",
      expect.stringMatching(/^A program with a tokensince .*25 Nov/),
    ]);

    await user.click(sessions.getByRole("button", { name: "Log out everywhere else" }));

    expect(await sessions.findByText(/Only this phone or computer is logged in/)).toBeVisible();
    await waitFor(() => {
      expect(sessions.getAllByRole("listitem")).toHaveLength(1);
    });
    expect(account.sent).toEqual([{ path: "/api/auth/sessions/end-others/", body: null }]);
  });

  it("says why the others could not be logged out", async () => {
    server.use(
      http.post("*/api/auth/sessions/end-others/", () => envelope(503, "unavailable", "Later.")),
    );
    const { user } = renderPage(page);
    const sessions = await open(user, "Where you are logged in");
    await user.click(await sessions.findByRole("button", { name: "Log out everywhere else" }));
    expect(await sessions.findByText("Later.")).toBeVisible();
    expect(sessions.queryByText(/Only this phone/)).toBeNull();
  });

  it("changes the language and logs out", async () => {
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("radio", { name: "Kiswahili" }));
    expect(screen.getByRole("heading", { name: "Badilisha nenosiri" })).toBeVisible();
    expect(document.cookie).toContain("language=sw");
    await user.click(screen.getByRole("button", { name: "Ondoka" }));
    await vi.waitFor(() => {
      expect(router.replace).toHaveBeenCalledWith("/login");
    });
  });
});
