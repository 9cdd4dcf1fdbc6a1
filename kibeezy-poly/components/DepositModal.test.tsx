import { act, screen, waitFor, within } from "@testing-library/react";
import { delay, http, HttpResponse } from "msw";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { DepositModal } from "@/components/DepositModal";
import { readStoredDeposit, writeStoredDeposit } from "@/features/deposit/persist";
import { depositMessages } from "@/features/deposit/messages";
import { LimitsMemory } from "@/features/deposit/useLimits";
import type { Transaction } from "@/lib/api";
import type { Language } from "@/lib/language";
import { fill } from "@/lib/text";
import { api, buildTransaction, envelope, push, settle } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const USER = 7;
const onChanged = vi.fn();
const onSignedOut = vi.fn();
const onUnread = vi.fn();
/** Payments by hand have tests of their own: HandPayment.test.tsx. */
const NO_HAND = { view: null, show: vi.fn(), View: null, failed: false, load: vi.fn() };

type SheetProps = {
  chosen?: Transaction | null;
  resumable?: Transaction | null;
  initiallyOpen?: boolean;
};

function Sheet({ chosen = null, resumable = null, initiallyOpen = true }: SheetProps) {
  const [open, setOpen] = useState(initiallyOpen);
  const [transactions, setTransactions] = useState<Transaction[]>([]);
  function put(transaction: Transaction, balance: string | null) {
    onChanged(transaction, balance);
    setTransactions((old) => [transaction, ...old.filter(({ id }) => id !== transaction.id)]);
  }
  const callbacks = { onOpenChange: setOpen, onChanged: put, onUnread, onSignedOut };
  return (
    <DepositModal
      open={open}
      userId={USER}
      phone="254712345678"
      transactions={transactions}
      chosen={chosen}
      resumable={resumable}
      byHand={NO_HAND}
      wanted={null}
      onWanted={vi.fn()}
      {...callbacks}
    />
  );
}

/** Like the button on the page: opening again does not choose a deposit. */
function ReopenedSheet({ chosen }: { chosen: Transaction }) {
  const [open, setOpen] = useState(true);
  const [first, setFirst] = useState(true);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setFirst(false);
          setOpen(true);
        }}
      >
        Open again
      </button>
      <DepositModal
        open={open}
        userId={USER}
        phone="254712345678"
        transactions={[chosen]}
        chosen={first ? chosen : null}
        resumable={null}
        byHand={NO_HAND}
        wanted={null}
        onWanted={vi.fn()}
        onOpenChange={setOpen}
        onChanged={onChanged}
        onUnread={onUnread}
        onSignedOut={onSignedOut}
      />
    </>
  );
}

function renderSheet(props: SheetProps = {}, language: Language = "en") {
  return renderPage(<Sheet {...props} />, language);
}

async function deposit(user: ReturnType<typeof renderSheet>["user"], amount: number) {
  await review(user, amount);
  await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
}

async function review(user: ReturnType<typeof renderSheet>["user"], amount: number) {
  await user.type(screen.getByLabelText("Amount in KSh"), String(amount));
  await user.click(screen.getByRole("button", { name: /^Continue/ }));
  await title("You are about to deposit");
}

const title = (name: string | RegExp) => screen.findByRole("heading", { name });
/** Visible text; the live region may hold the same. */
const seen = (words: RegExp) => screen.findByText(words, { selector: ":not([role=status])" });
/** The last announcement. */
const answered = (words: RegExp) => screen.findByText(words, { selector: "dialog [role=status]" });
const remembered = {
  key: "old-key",
  amount: 300,
  startedAt: new Date().toISOString(),
  newestIdBefore: 0,
  sent: true,
  minimised: false,
  earlier: [],
};

describe("the form", () => {
  it("sets the amount by chips and tells what is paid and from which number", async () => {
    const { user } = renderSheet();
    await user.type(screen.getByLabelText("Amount in KSh"), "7");

    await user.click(screen.getByRole("radio", { name: "KSh\u00a01,000" }));

    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("1,000");
    expect(screen.getByText(/0712.345.678/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Continue" })).toBeEnabled();
  });

  it("links its errors to the amount and sends nothing", async () => {
    const { user } = renderSheet();
    const amount = screen.getByLabelText("Amount in KSh");

    await user.click(screen.getByRole("button", { name: "Continue" }));
    expect(amount).toHaveAccessibleDescription(/Enter an amount\./);
    expect(amount).toBeInvalid();

    await screen.findByText(/^From KSh 1 to KSh 150,000\./);
    await user.type(amount, "150001");
    await user.click(screen.getByRole("button", { name: /^Continue/ }));
    expect(amount).toHaveAccessibleDescription(/from KSh\u00a01 to KSh\u00a0150,000/);
    expect(api.pushes).toEqual([]);
  });

  it("removes zero cents, typed one by one", async () => {
    const { user } = renderSheet();
    const amount = screen.getByLabelText("Amount in KSh");
    await user.type(amount, "1,500.00");
    expect(amount).toHaveValue("1,500.00");
    await user.tab();
    expect(amount).toHaveValue("1,500");
    await user.click(screen.getByRole("button", { name: "Continue" }));
    await title("You are about to deposit");
    expect(readStoredDeposit(USER)).toMatchObject({ amount: 1500 });
  });

  it("takes a comma before two last digits for a decimal comma", async () => {
    const { user } = renderSheet();
    await user.type(screen.getByLabelText("Amount in KSh"), "500,00{Enter}");
    expect(await screen.findByRole("button", { name: "Deposit KSh\u00a0500" })).toBeEnabled();
  });

  it.each(["1,500.50", "12,50", "500.555", "1.500", "500 abc"])(
    "asks for whole shillings after %s",
    async (typed) => {
      const { user } = renderSheet();
      const amount = screen.getByLabelText("Amount in KSh");
      await user.click(amount);
      await user.paste(typed);
      expect(screen.getByRole("button", { name: "Continue" })).toBeVisible();
      await user.tab();
      expect(amount).toHaveValue(typed);
      expect(screen.getByRole("alert")).toHaveTextContent(/^Only whole shillings are possible/);
      expect(amount).toHaveAccessibleDescription(/^Only whole shillings/);
      await user.click(screen.getByRole("button", { name: "Continue" }));
      expect(readStoredDeposit(USER)).toBeNull();

      await user.clear(amount);
      await user.type(amount, "100.00{Enter}");
      expect(await screen.findByRole("button", { name: "Deposit KSh\u00a0100" })).toBeEnabled();
    },
  );

  it("fetches the remaining allowance at every opening, and names the limit that decides", async () => {
    const { user } = renderSheet();
    const amount = screen.getByLabelText("Amount in KSh");
    await waitFor(() => {
      expect(amount).toHaveAccessibleDescription("From KSh\u00a01 to KSh\u00a0150,000.");
    });
    await review(user, 500);
    api.limits = { ...api.limits, own_daily_limit: 2000, used_today: 1500, remaining_today: 500 };
    await user.click(screen.getByRole("button", { name: "Change amount" }));
    await waitFor(() => {
      expect(screen.getByLabelText("Amount in KSh")).toHaveAccessibleDescription(
        /still deposit KSh\u00a0500 today. Your own limit is KSh\u00a02,000 a day/,
      );
    });
  });

  it("refuses beside the field what a push would refuse, and offers what is left", async () => {
    api.limits = {
      ...api.limits,
      most_now: 3850,
      own_daily_limit: 5000,
      used_today: 1150,
      remaining_today: 3850,
    };
    const { user } = renderSheet();
    const amount = screen.getByLabelText("Amount in KSh");
    await waitFor(() => {
      expect(screen.getByRole("radio", { name: "KSh\u00a05,000" })).toBeDisabled();
    });
    await user.type(amount, "6000{Enter}");
    expect(amount).toHaveAccessibleDescription(/^That is KSh\u00a02,150 more than you can/);
    expect(amount).toHaveValue("6,000");

    await user.click(screen.getByRole("button", { name: "Use KSh\u00a03,850 instead" }));
    await user.click(screen.getByRole("button", { name: "Continue" }));
    expect(await screen.findByRole("button", { name: "Deposit KSh\u00a03,850" })).toBeEnabled();
    expect(api.pushes).toEqual([]);
  });

  it.each([
    ["identity_checking", "We are checking your identity"],
    ["cool_off", "You are in a cool-off"],
  ] as const)("lets nobody through to a rejection: %s", async (refused_by, name) => {
    const deposits_again_at = new Date(Date.now() + 86_400_000).toISOString();
    api.limits = { ...api.limits, refused_by, deposits_again_at, most_now: 0 };
    renderSheet();
    expect(await screen.findByText(name)).toBeVisible();
    expect(screen.getByRole("button", { name: "Continue" })).toBeDisabled();
    expect(screen.queryByRole("radio")).toBeNull();
  });

  it("tells after a rejection which limit decides, and offers the remaining allowance", async () => {
    api.limits = { ...api.limits, own_daily_limit: 5000, used_today: 1000, remaining_today: 4000 };
    const { AllowanceDetails } = await import("@/features/deposit/steps/AllowanceDetails");
    const onReview = vi.fn();
    const { user } = renderPage(
      <LimitsMemory>
        <AllowanceDetails amount={9000} onReview={onReview} onLeave={vi.fn()} />
      </LimitsMemory>,
    );
    expect(await screen.findByText(/Your own limit is KSh 5,000 a day/)).toBeVisible();
    expect(screen.getByText("Your own limit per day")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "KSh\u00a04,000" }));
    expect(onReview).toHaveBeenCalledWith(4000);
  });
});

describe("the review", () => {
  it("shows amount, fee and number, and sends nothing yet", async () => {
    const { user } = renderSheet();
    await review(user, 750);

    expect(screen.getByText("KSh 750")).toBeVisible();
    const values = screen.getAllByRole("definition").map(({ textContent }) => textContent);
    expect(values).toEqual(["0712\u00a0345\u00a0678", "Free"]);
    expect(screen.getByText(/We never ask for it/)).toBeVisible();
    await user.click(screen.getByText("Not your number?"));
    expect(screen.getByText(/would still come from the old one/)).toBeVisible();
    expect(screen.getByRole("link", { name: "Change my number" })).toHaveAttribute(
      "href",
      "/account",
    );
    expect(api.pushes).toEqual([]);
    expect(readStoredDeposit(USER)).toMatchObject({
      amount: 750,
      sent: false,
      transactionId: null,
    });
  });

  it("creates the key when it opens, stores it before the request, and sends that key", async () => {
    const { user } = renderSheet();
    await review(user, 4999);
    const key = readStoredDeposit(USER)?.key;
    let keptAsSent: unknown = null;
    server.use(
      http.post("*/stk-push/", ({ request }) => {
        keptAsSent = {
          sent: readStoredDeposit(USER)?.sent,
          key: request.headers.get("Idempotency-Key"),
        };
        return HttpResponse.json(push(4999));
      }),
    );
    await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await title("Enter your M\u2011PESA PIN");
    expect(keptAsSent).toEqual({ sent: true, key });
  });

  it("lets a new amount replace the old one instead of being added to it", async () => {
    const { user } = renderSheet();
    await review(user, 1032);
    await user.click(screen.getByRole("button", { name: "Change amount" }));
    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("1,032");
    await user.tab();
    expect(screen.getByLabelText("Amount in KSh")).toHaveFocus();
    await user.keyboard("55{Enter}");
    expect(await screen.findByRole("button", { name: "Deposit KSh\u00a055" })).toBeEnabled();
  });

  it("leads back to the amount, and forgets its key when it is closed", async () => {
    const { user } = renderSheet();
    await review(user, 750);
    await user.click(screen.getByRole("button", { name: "Change amount" }));
    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("750");

    await user.click(screen.getByRole("button", { name: /^Continue/ }));
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(readStoredDeposit(USER)).toBeNull();
  });

  it("comes back after a reload with its key", async () => {
    writeStoredDeposit(USER, { ...remembered, sent: false, transactionId: null });
    const { user } = renderSheet();
    await title("You are about to deposit");
    await user.click(screen.getByRole("button", { name: "Deposit KSh\u00a0300" }));
    await title("KSh\u00a0300 added");
    expect(api.pushes).toMatchObject([{ key: "old-key" }]);
  });

  it("stays stored when the session ended, so that logging in leads back to it", async () => {
    const { user } = renderSheet();
    await review(user, 500);
    const key = readStoredDeposit(USER)?.key;
    server.use(http.post("*/stk-push/", () => envelope(401, "not_authenticated", "Log in.")));
    await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await waitFor(() => {
      expect(onSignedOut).toHaveBeenCalled();
    });
    expect(readStoredDeposit(USER)).toMatchObject({ key, sent: false, amount: 500 });
  });

  it("refuses to send without network", async () => {
    const { user } = renderSheet();
    await review(user, 500);
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    act(() => {
      window.dispatchEvent(new Event("offline"));
    });

    expect(await screen.findByRole("alert")).toHaveTextContent("Nothing was sent");
    expect(screen.getByRole("button", { name: /^Deposit KSh/ })).toBeDisabled();
    expect(api.pushes).toEqual([]);
  });

  it("sends no prompt while M-PESA is down, and tells the customer when it works again", async () => {
    api.providerStatus = { ...api.providerStatus, state: "down" };
    const { user } = renderSheet();
    await user.type(screen.getByLabelText("Amount in KSh"), "500{Enter}");
    await title("M\u2011PESA is slow");
    expect(screen.getByText("No money left your M\u2011PESA.")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Deposit KSh/ })).not.toBeInTheDocument();

    await user.click(screen.getByRole("button", { name: "Tell me when M\u2011PESA is back" }));
    expect(
      screen.getByText(/We keep checking while/, { selector: "p:not([role]) > span" }),
    ).toBeVisible();
    expect(within(screen.getByRole("dialog")).getByRole("status")).toHaveTextContent(
      /^We keep checking while/,
    );
    expect(screen.getByRole("heading", { name: "M\u2011PESA is slow" })).toHaveFocus();
    await user.click(screen.getAllByRole("button", { name: "Close" })[0]!);
    await screen.findByRole("button", { name: /waiting for M\u2011PESA/ });

    api.providerStatus = { ...api.providerStatus, state: "unknown" };
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await user.click(await screen.findByRole("button", { name: /M\u2011PESA works again/ }));
    await user.click(screen.getByRole("button", { name: "Continue with KSh\u00a0500" }));
    await title("You are about to deposit");
    expect(api.pushes).toEqual([]);
  });
});

describe("a deposit that ends", () => {
  it("shows success with the server's amount, code and balance", async () => {
    const { user } = renderSheet();
    await deposit(user, 500);

    await title("KSh\u00a0500 added");
    expect(await screen.findByText("TKN4ABCDEF")).toBeVisible();
    expect(screen.getByText("KSh 1,500.00")).toBeVisible();
    expect(onChanged).toHaveBeenCalled();
    expect(readStoredDeposit(USER)).toBeNull();
  });

  it.each([
    [1032, "The request was cancelled", "No money left your M\u2011PESA.", "Try again"],
    [1111, "Not enough money in M\u2011PESA", "No money left your M\u2011PESA.", "Change amount"],
    [
      1037,
      "We could not reach your phone",
      "If M\u2011PESA took money, it will be added automatically.",
      "I did not pay: try again",
    ],
    [2001, "The PIN was not right", "No money left your M\u2011PESA.", "Try again"],
  ])(
    "tells after %i what happened, whether money moved and what to do",
    async (amount, name, money, again) => {
      const { user } = renderSheet();
      await deposit(user, amount);

      await title(name);
      expect(screen.getByText(money, { selector: "strong" })).toBeVisible();
      expect(screen.getAllByText(/No money|took money/)).toHaveLength(1);
      expect(readStoredDeposit(USER)).toBeNull();

      await user.click(screen.getByRole("button", { name: again }));
      await title(
        again === "Change amount" ? "How much do you want to deposit?" : "You are about to deposit",
      );
    },
  );

  it("sends a new key for a new deposit, and one request for a double tap", async () => {
    const { user } = renderSheet();
    await review(user, 1032);
    await user.dblClick(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    await user.click(screen.getByRole("button", { name: /^Deposit KSh/ }));
    await title("The request was cancelled");

    expect(api.pushes).toHaveLength(2);
    expect(new Set(api.pushes.map(({ key }) => key)).size).toBe(2);
    expect(api.pushes[0]).toMatchObject({ csrf: "token-of-the-cookie", language: "en" });
  });
});

describe("a deposit under way", () => {
  it("waits for the PIN, is minimised by Escape, and opens again from its pill", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Enter your M\u2011PESA PIN");
    expect(screen.getByText(/to pay KSh 4,999\./)).toBeVisible();

    await user.click(screen.getAllByRole("button", { name: "Close and keep confirming" })[0]!);
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 41, minimised: true });

    await user.click(screen.getByRole("button", { name: /Deposit of KSh\u00a04,999: confirming/ }));
    await title("Enter your M\u2011PESA PIN");
    expect(readStoredDeposit(USER)).toMatchObject({ minimised: false });
  });

  it("returns the focus to its pill, also when that opened it, and to the page after the outcome", async () => {
    const { user } = renderPage(
      <main id="content" tabIndex={-1}>
        <Sheet />
      </main>,
    );
    await deposit(user, 4999);
    const pill = { name: /Deposit of KSh\u00a04,999: confirming/ };
    for (const _ of ["by its form", "by its pill"]) {
      await title("Enter your M\u2011PESA PIN");
      await user.click(screen.getAllByRole("button", { name: "Close and keep confirming" })[0]!);
      expect(screen.getByRole("button", pill)).toHaveFocus();
      await user.keyboard("{Enter}");
    }
    settle(41, { status: "COMPLETED", mpesa_receipt_number: "TKN4LATER0" });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await user.click(await screen.findByRole("button", { name: "Done" }));
    expect(screen.getByRole("main")).toHaveFocus();
  });

  it("polls at once when the customer returns from the prompt", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Enter your M\u2011PESA PIN");

    settle(41, { status: "COMPLETED", mpesa_receipt_number: "TKN4LATER0" });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });

    await title("KSh\u00a04,999 added");
  });

  it("is being checked after 202, and never called failed", async () => {
    server.use(
      http.post("*/stk-push/", () =>
        HttpResponse.json({ ...push(4999), checkout_id: null }, { status: 202 }),
      ),
    );
    const { user } = renderSheet();
    await deposit(user, 4999);
    // The server's first answer may already have changed the view.
    await waitFor(() => {
      expect(screen.getByText(/#41|to pay KSh 4,999/)).toBeVisible();
    });
    expect(screen.queryByText("No money left your M\u2011PESA.")).not.toBeInTheDocument();
  });

  it("offers another deposit, empty, once the prompt is over and the wait has passed", async () => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    const { user } = renderSheet({ chosen });
    await title("Confirming with M\u2011PESA");
    await user.click(await screen.findByRole("button", { name: "Start another deposit" }));
    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("");
  });

  it("is under review when the server names no next poll", async () => {
    const settled = "Our team has settled this payment.";
    const chosen = buildTransaction({ next_poll_after: null, customer_message: settled });
    api.transactions = [chosen];
    renderSheet({ chosen });
    await title("Our team is looking at this deposit");
    expect(screen.getByText(settled)).toBeVisible();
    // Only the server knows what operators did with it: no sentence of ours may contradict it.
    expect(screen.queryByText(/Do not pay again/)).not.toBeInTheDocument();
  });

  it("allows another deposit when one under review is closed", async () => {
    const chosen = buildTransaction({ next_poll_after: null });
    api.transactions = [chosen];
    const { user } = renderPage(<ReopenedSheet chosen={chosen} />);
    await title("Our team is looking at this deposit");
    await user.click(screen.getAllByRole("button", { name: "Close" })[0]!);
    expect(screen.queryByRole("button", { name: /Deposit of KSh/ })).not.toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Open again" }));
    await title("How much do you want to deposit?");
  });

  it("shows the open deposit, with its own amount, when another was requested", async () => {
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
    await title("Enter your M\u2011PESA PIN");
    expect(screen.getByText(/to pay KSh 200\./)).toBeVisible();
    expect(screen.getByText("You have a deposit open.")).toBeVisible();
  });

  it("follows the open deposit although its details could not be fetched at first", async () => {
    api.transactions = [buildTransaction({ id: 30, amount: 200 })];
    server.use(
      http.post("*/stk-push/", () =>
        envelope(409, "deposit_in_progress", "You have a deposit open.", { transaction_id: 30 }),
      ),
      http.get("*/transactions/30/", () => HttpResponse.error(), { once: true }),
    );
    const { user } = renderSheet();
    await deposit(user, 500);
    await title("Enter your M\u2011PESA PIN");
    expect(screen.getByText(/to pay KSh 200\./)).toBeVisible();
    expect(screen.getByText("You have a deposit open.")).toBeVisible();
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 30 });
  });

  it("leads to log in when the session ended, and keeps the deposit", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 41 });
    api.signedIn = false;
    renderSheet();
    await waitFor(() => {
      expect(onSignedOut).toHaveBeenCalled();
    });
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 41 });
  });

  it("tells that there is no network, and keeps polling", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 41 });
    server.use(http.get("*/transactions/41/", () => HttpResponse.error()));
    renderSheet();
    expect(await seen(/No network\. Sent at/)).toBeVisible();
    await title("Confirming with M\u2011PESA");
  });

  it("answers a tap on Check now, visibly and audibly, also when no answer comes", async () => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    let answer: () => void = () => undefined;
    server.use(
      http.get(
        "*/transactions/41/status/",
        async () => {
          await new Promise<void>((resolve) => (answer = resolve));
          return HttpResponse.json(chosen);
        },
        { once: true },
      ),
      http.get("*/transactions/41/status/", () => HttpResponse.error()),
    );
    const { user } = renderSheet({ chosen });
    await screen.findByRole("button", { name: "Start another deposit" });
    await answered(/^You can start another deposit now/);

    await user.click(screen.getByRole("button", { name: "Check now" }));
    const check = screen.getByRole("button", { name: "Checking…" });
    await answered(/^Checking…/);
    answer();
    expect(await seen(/^Checked at \d\d:\d\d/)).toBeVisible();
    await answered(/^Checked at/);
    expect(check).toHaveTextContent("Check now");
    expect(check).toHaveFocus();

    for (const _ of ["the first time", "the second time"]) {
      await user.click(check);
      await answered(/^No network/);
      expect(await seen(/^No network/)).toBeVisible();
      expect(screen.queryByText(/^Checked at/)).toBeNull();
    }
  });

  it("tells that our service is unavailable, not the network, and keeps polling", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 41 });
    server.use(
      http.get("*/transactions/41/", () => envelope(502, "api_unreachable", "We cannot reach it.")),
    );
    renderSheet();
    expect(await seen(/We cannot reach our service right now\. Sent at/)).toBeVisible();
    await title("Confirming with M\u2011PESA");
  });

  it("names no outage when the API refuses", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 41 });
    let asked = 0;
    server.use(
      http.get("*/transactions/41/", () => {
        asked += 1;
        return envelope(403, "account_blocked", "This account is blocked.");
      }),
    );
    renderSheet();
    await title("Confirming with M\u2011PESA");
    await waitFor(() => {
      expect(asked).toBeGreaterThan(0);
    });
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(screen.queryByText(/No network|We cannot reach our service/)).toBeNull();
    // The answer did not tell whether the prompt is still open.
    expect(screen.queryByRole("button", { name: "Start another deposit" })).toBeNull();
  });

  it("survives a 404 that is not the API's, as a proxy gives during a deployment", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 41 });
    server.use(
      http.get("*/transactions/41/", () => new HttpResponse("<html>404</html>", { status: 404 })),
    );
    renderSheet();
    expect(await seen(/We cannot reach our service right now\. Sent at/)).toBeVisible();
    await title("Confirming with M\u2011PESA");
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 41 });
  });

  it("forgets a stored deposit that the server does not know", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: 999 });
    renderSheet();
    await title("How much do you want to deposit?");
    expect(readStoredDeposit(USER)).toBeNull();
  });
});

describe("a request whose answer was lost", () => {
  function loseAnswers() {
    server.use(http.post("*/stk-push/", () => HttpResponse.error(), { once: true }));
  }

  it("is checked with the same key when the customer taps", async () => {
    loseAnswers();
    const { user } = renderSheet();
    await deposit(user, 500);
    await title("We are checking whether the request was sent");
    const key = readStoredDeposit(USER)?.key;

    await user.click(screen.getByRole("button", { name: "Check now" }));

    await title("KSh\u00a0500 added");
    expect(api.pushes.map((sent) => sent.key)).toEqual([key]);
  });

  it.each(["en", "sw"] as const)(
    "is not called sent, which is not known (%s)",
    async (language) => {
      writeStoredDeposit(USER, { ...remembered, sent: false, transactionId: null });
      loseAnswers();
      const { user } = renderSheet({}, language);
      await user.click(await screen.findByRole("button", { name: /^(Deposit|Weka) KSh/ }));
      const what = await screen.findByText(/^(The network was lost|Mtandao ulikatika)/);
      expect(what).toHaveTextContent(/You pressed Deposit at|Ulibonyeza Weka saa/);
      expect(what).not.toHaveTextContent(/Sent at|Ilitumwa/);
    },
  );

  it("may already have been paid when it is sent again, and no sentence denies it", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null });
    server.use(
      http.post("*/stk-push/", async () => {
        await delay("infinite");
        return HttpResponse.error();
      }),
    );
    const { user } = renderSheet();
    await user.click(await screen.findByRole("button", { name: "Check now" }));
    expect(await screen.findByText(/^Do not pay again\./)).toBeVisible();
    await title("We are checking whether the request was sent");
    expect(screen.getByText(/only if the prompt names Kibeezy and KSh.300\./)).toBeVisible();
    expect(screen.queryByText(/No money left your M\u2011PESA/)).toBeNull();
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
    await title("Enter your M\u2011PESA PIN");
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 41 });
  });

  it("is not confused with the one that was refused a moment before", async () => {
    loseAnswers();
    server.use(
      http.post(
        "*/stk-push/",
        () =>
          envelope(502, "mpesa_rejected", "M-PESA refused.", {
            transaction_id: 41,
            money: "not_moved",
          }),
        { once: true },
      ),
    );
    const { user } = renderSheet();
    await deposit(user, 500);
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    await user.click(await screen.findByRole("button", { name: /^Deposit KSh/ }));
    await title("We are checking whether the request was sent");
    expect(readStoredDeposit(USER)).toMatchObject({ newestIdBefore: 41 });
  });

  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  it("was not sent when the server does not have it minutes later, and another may be started", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null, startedAt: ago(3) });
    const { user } = renderSheet();
    await title("The request was not sent");
    expect(screen.getByText("No money left your M\u2011PESA.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Check now" })).toBeEnabled();

    await user.click(screen.getByRole("button", { name: "Start again" }));
    expect(screen.getByLabelText("Amount in KSh")).toHaveValue("300");
    expect(readStoredDeposit(USER)).toBeNull();
    expect(api.pushes).toEqual([]);
  });

  it("is still under way after a recent request, however old the first one is", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null, startedAt: ago(30) });
    loseAnswers();
    const { user } = renderSheet();
    await title("The request was not sent");
    await user.click(screen.getByRole("button", { name: "Check now" }));
    await title("We are checking whether the request was sent");
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(screen.queryByText("No money left your M\u2011PESA.")).toBeNull();
    expect(Date.parse(readStoredDeposit(USER)?.lastTryAt ?? "")).toBeGreaterThan(
      Date.parse(ago(1)),
    );
  });

  it("is never sent again once the server may have forgotten its key, and is then forgotten", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null, startedAt: ago(24 * 60) });
    server.use(http.get("*/transactions/", () => HttpResponse.error()));
    const { user } = renderSheet();
    expect(await screen.findByText(/nothing is sent again\.$/)).toBeVisible();
    expect(screen.getByText(/closed while sending, at \d+ \w+, \d\d:\d\d\.$/)).toBeVisible();

    server.resetHandlers();
    await user.click(screen.getByRole("button", { name: "Check now" }));
    await title("How much do you want to deposit?");
    expect(readStoredDeposit(USER)).toBeNull();
    expect(api.pushes).toEqual([]);
  });

  it("is resumed after a reload with its key, and not sent automatically", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null });
    const { user } = renderSheet();
    await title("We are checking whether the request was sent");
    expect(api.pushes).toEqual([]);

    await user.click(screen.getByRole("button", { name: "Check now" }));
    await title("KSh\u00a0300 added");
    expect(api.pushes).toMatchObject([{ key: "old-key", amount: 300 }]);
  });

  it.each([401, 403])(
    "keeps its key when a firewall answers %i in the API's place",
    async (status) => {
      server.use(http.post("*/stk-push/", () => new HttpResponse("<html>No</html>", { status })));
      const { user } = renderSheet();
      await deposit(user, 500);
      await title("We are checking whether the request was sent");
      expect(readStoredDeposit(USER)).toMatchObject({ sent: true, transactionId: null });
    },
  );

  it("stays unclear when the repeat is refused before the key was looked at", async () => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null });
    server.use(
      http.post("*/stk-push/", () => envelope(429, "rate_limited", "Slowly.", { retry_after: 30 })),
    );
    const { user } = renderSheet();
    await user.click(await screen.findByRole("button", { name: "Check now" }));
    await waitFor(() => {
      expect(screen.getByRole("button", { name: "Check now" })).toHaveAttribute("aria-disabled");
    });
    expect(readStoredDeposit(USER)).toMatchObject({ key: "old-key" });
  });
});

describe("a refused push", () => {
  function refuse(status: number, code: string, extra = {}) {
    server.use(
      http.post("*/stk-push/", () => envelope(status, code, "The server's own words.", extra)),
    );
  }

  it.each([
    [502, "mpesa_rejected", "The deposit could not be started"],
    [502, "api_unreachable", "We cannot reach our service"],
    [403, "csrf_failed", "The deposit could not be started"],
    [400, "invalid_phone_number", "This number cannot get a prompt"],
    [403, "kyc_required", "First, confirm who you are"],
    [403, "self_excluded", "You are in a cool-off"],
    [403, "risk_review", "We need to look at this first"],
    [403, "risk_denied", "We cannot take this deposit"],
    [403, "account_blocked", "Your account is closed for deposits"],
    [429, "limit_exceeded", "This is over your limit"],
    [429, "rate_limited", "Too many attempts for now"],
    [409, "subscriber_busy", "Another M\u2011PESA request is open"],
    [503, "mpesa_unavailable", "M\u2011PESA is slow"],
    [503, "mpesa_busy", "M\u2011PESA is slow"],
  ])("%i %s has its own view, and nothing stays stored", async (status, code, name) => {
    refuse(status, code, { money: "not_moved" });
    const { user } = renderSheet();
    await deposit(user, 500);
    await title(name);
    expect(screen.getByText("The server's own words.")).toBeVisible();
    // The API's sentence says it; that of the page's own server does not.
    const isOurs = code === "api_unreachable";
    expect(screen.queryAllByText("No money left your M\u2011PESA.")).toHaveLength(isOurs ? 1 : 0);
    expect(readStoredDeposit(USER)).toBeNull();
  });

  it("does not deny that money moved while a prompt may be paid", async () => {
    refuse(409, "deposit_in_progress", { money: "unknown" });
    const { user } = renderSheet();
    await deposit(user, 500);
    expect(await screen.findByText("The server's own words.")).toBeVisible();
    expect(screen.queryByText("No money left your M\u2011PESA.")).toBeNull();
  });

  it("tells that no money moved, and what to do, where the server sent no sentence", async () => {
    const rejection = () => envelope(403, "kyc_required", "", { money: "not_moved" });
    server.use(http.post("*/stk-push/", rejection));
    const { user } = renderSheet();
    await deposit(user, 500);
    expect(await screen.findByText("No money left your M\u2011PESA.")).toBeVisible();
    expect(screen.getByText(/^Send your name/)).toBeVisible();
  });

  it.each([
    ["kyc_required", "Confirm who I am", "/identity"],
    ["self_excluded", "See my limits", "/limits"],
    ["limit_exceeded", "See my limits", "/limits"],
  ])("%s leads to the page that helps, and closes the sheet", async (code, name, href) => {
    refuse(403, code, { retry_after: 86_400 });
    const { user } = renderSheet();
    await deposit(user, 500);
    const link = await screen.findByRole("link", { name });
    expect(link).toHaveAttribute("href", href);
    link.addEventListener("click", (event) => {
      event.preventDefault();
    });
    await user.click(link);
    expect(screen.queryByRole("heading")).not.toBeInTheDocument();
  });

  it("names the end of a cool-off once: the server's, not one of this phone's clock", async () => {
    refuse(403, "self_excluded", { retry_after: 86_400 });
    const { user } = renderSheet();
    await deposit(user, 500);
    expect(await screen.findByText("The server's own words.")).toBeVisible();
    expect(screen.getByRole("dialog")).not.toHaveTextContent(/\d\d:\d\d/);
  });

  it("keeps its button during the wait, and enables it automatically", async () => {
    refuse(429, "rate_limited", { retry_after: 2 });
    const { user } = renderSheet();
    await deposit(user, 500);
    const again = await screen.findByRole("button", { name: "Try again" });
    expect(again).toHaveAttribute("aria-disabled", "true");
    await user.click(again);
    await title("Too many attempts for now");
    await waitFor(
      () => {
        expect(again).not.toHaveAttribute("aria-disabled");
      },
      { timeout: 4000 },
    );
    await user.click(again);
    await title("You are about to deposit");
  });

  it("offers help with all details filled in", async () => {
    refuse(403, "risk_review");
    const { user } = renderSheet();
    await deposit(user, 500);
    await title("We need to look at this first");
    const details = screen.getByText("Copy details").closest("details")!;
    expect(details).toHaveAttribute("open");
    expect(details).toHaveTextContent(/KSh 500.*risk_review.*07\*\* \*\*5 678/);
    expect(screen.queryByRole("link", { name: "Write to us" })).not.toBeInTheDocument();
  });

  it("shows the server's error about the amount beside the amount", async () => {
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

describe("a failure with its own next step", () => {
  async function fail(resultCode: string, amount = 4999) {
    const { user } = renderSheet();
    await deposit(user, amount);
    await title("Enter your M\u2011PESA PIN");
    settle(41, { status: "FAILED", result_code: resultCode, customer_message: "It failed." });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await screen.findByText(/was not deposited\.$/);
    return user;
  }

  it("offers smaller amounts when M-PESA has too little", async () => {
    const user = await fail("1");
    await user.click(screen.getByRole("button", { name: "KSh\u00a02,000" }));
    await title("You are about to deposit");
    expect(readStoredDeposit(USER)).toMatchObject({ amount: 2000, sent: false });
  });

  it("tells what to check when the phone was not reached", async () => {
    await fail("1037");
    expect(screen.getByText(/\*234\*1\*6#/)).toBeVisible();
    expect(screen.getByText(/have signal/)).toBeVisible();
  });

  it("names Safaricom's numbers when the PIN is locked", async () => {
    await fail("8006");
    expect(screen.getByRole("link", { name: "Safaricom 100" })).toHaveAttribute("href", "tel:100");
    expect(screen.getByRole("link", { name: "Safaricom 200" })).toHaveAttribute("href", "tel:200");
  });

  it.each(["9999", "4242", "SFC_IC0003"])(
    "does not claim that no money moved after %s, and names the deposit",
    async (code) => {
      await fail(code);
      expect(screen.queryByText("No money left your M\u2011PESA.")).not.toBeInTheDocument();
      await title("The deposit did not go through");
      expect(screen.getByText("#41")).toBeVisible();
    },
  );

  it.each([
    ["whose answer was lost", () => HttpResponse.error(), "unclearTitle"],
    [
      "that M-PESA does not take",
      () => envelope(503, "mpesa_busy", "Busy.", { money: "not_moved" }),
      "downTitle",
    ],
  ] as const)("has help, filled in, beside a request %s", async (_, answer, name) => {
    server.use(http.post("*/stk-push/", answer));
    const { user } = renderSheet();
    await deposit(user, 500);
    await title(fill(depositMessages[name], "en"));
    await user.click(screen.getByText("Get help"));
    const details = (await screen.findByText("Copy details")).closest("details");
    expect(details).toHaveTextContent(/KSh 500.*Date and time.*Status.*07\*\* \*\*5 678/);
    expect(details).toHaveTextContent(fill(depositMessages[name], "en"));
    expect(details).not.toHaveTextContent("Deposit number");
  });

  it("keeps help open, and the focus in it, while the deposit goes on", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    await title("Enter your M\u2011PESA PIN");
    await user.click(screen.getByText("Get help"));
    const copy = await screen.findByRole("button", { name: "Copy details" });
    copy.focus();

    settle(41, { next_poll_after: 30 });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await title("Confirming with M\u2011PESA");
    expect(copy).toHaveFocus();
    settle(41, {});
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await title("Our team is looking at this deposit");
    expect(copy).toHaveFocus();

    settle(41, { status: "FAILED", result_code: "1032" });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    expect(await title("The request was cancelled")).toHaveFocus();
  });

  it("fills in help with the deposit, and shows the ways of contact that are set up", async () => {
    document.documentElement.dataset.supportEmail = "help@example.com";
    const user = await fail("9999");
    await user.click(screen.getByText("Get help"));
    const mail = await screen.findByRole("link", { name: "Write to us" });
    expect(decodeURIComponent(mail.getAttribute("href") ?? "")).toMatch(
      /^mailto:help@example\.com\?subject=Deposit number: #41&body=Kibeezy.*\nDeposit number: #41\nAmount: KSh 4,999\n[^]*Result: 9999/,
    );
    delete document.documentElement.dataset.supportEmail;
  });
});

describe("a second deposit beside an open one", () => {
  it("is a separate transaction, and a late success of the first is shown beside it", async () => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    const { user } = renderSheet({ chosen });
    await title("Confirming with M\u2011PESA");
    await user.click(await screen.findByRole("button", { name: "Start another deposit" }));
    expect(screen.getByText(/#41, KSh 500: still confirming/)).toBeVisible();

    settle(41, { status: "COMPLETED" });
    await deposit(user, 300);
    await title("KSh\u00a0300 added");
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    expect(await screen.findByText(/#41, KSh 500: received as well/)).toBeVisible();
    expect(api.pushes).toMatchObject([{ amount: 300 }]);
  });

  it.each([
    [502, "api_unreachable", {}],
    [429, "rate_limited", { retry_after: 1 }],
  ])("follows the first through a %i", async (status, code, extra) => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    const { user } = renderSheet({ chosen });
    await title("Confirming with M\u2011PESA");
    server.use(
      http.get("*/transactions/41/status/", () => envelope(status, code, "Later.", extra), {
        once: true,
      }),
    );
    await user.click(await screen.findByRole("button", { name: "Start another deposit" }));
    settle(41, { status: "COMPLETED" });
    const received = /#41, KSh 500: received as well/;
    expect(await screen.findByText(received, {}, { timeout: 4000 })).toBeVisible();
  });

  it("is not started in the end: the open one is followed again", async () => {
    const chosen = buildTransaction({ prompt_expires_at: null, retry_after: null });
    api.transactions = [chosen];
    const { user } = renderSheet({ chosen });
    await user.click(await screen.findByRole("button", { name: "Start another deposit" }));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: confirming/ });
    expect(readStoredDeposit(USER)).toMatchObject({ transactionId: 41, minimised: true });
  });
});

describe("waiting", () => {
  it("tells how long a deposit usually takes right now", async () => {
    const { user } = renderSheet();
    await deposit(user, 4999);
    expect(await screen.findByText("Usually takes about 12 seconds right now.")).toBeVisible();
  });

  it("is called late after 90 seconds, and stops polling after ten minutes without failing", async () => {
    const startedAt = new Date(Date.now() - 11 * 60_000).toISOString();
    api.transactions = [
      buildTransaction({ created_at: startedAt, prompt_expires_at: null, retry_after: null }),
    ];
    writeStoredDeposit(USER, { ...remembered, startedAt, amount: 500, transactionId: 41 });
    renderSheet();
    await title("Still confirming");
    expect(await seen(/This screen has stopped asking/)).toBeVisible();
    await answered(/This screen has stopped asking/);
    expect(screen.getByText(/^11:0\d so far\./)).toBeVisible();

    settle(41, { status: "COMPLETED", mpesa_receipt_number: "TKN4LATER0" });
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    await title("KSh\u00a0500 added");
  });
});

describe("two tabs and two languages", () => {
  it("follows a deposit that another tab started, to its outcome", async () => {
    renderSheet({ initiallyOpen: false });
    push(4999);
    writeStoredDeposit(USER, { ...remembered, amount: 4999, transactionId: 41 });
    const tell = () => {
      act(() => {
        window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.deposit.7" }));
      });
    };
    tell();
    await screen.findByRole("button", { name: /Deposit of KSh\u00a04,999: confirming/ });

    settle(41, { status: "FAILED", result_code: "1032" });
    window.localStorage.clear();
    tell();
    await screen.findByRole("button", { name: /Deposit of KSh\u00a04,999: not completed/ });
  });

  it.each([
    ["lets go of", () => [], "How much do you want to deposit?"],
    // Built in the test: on a slow machine its prompt would be over by then.
    ["finds", () => [buildTransaction({ amount: 300 })], "Enter your M\u2011PESA PIN"],
  ])("%s an attempt that another tab has ended, and sends nothing", async (_, list, name) => {
    writeStoredDeposit(USER, { ...remembered, transactionId: null });
    renderSheet();
    await title("We are checking whether the request was sent");

    api.transactions = list();
    writeStoredDeposit(USER, null);
    act(() => {
      window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.deposit.7" }));
    });
    await title(name);
    expect(api.pushes).toEqual([]);
  });

  it("speaks Kiswahili and asks the API for it", async () => {
    const { user } = renderSheet({}, "sw");
    const dialog = within(screen.getByRole("dialog", { name: "Unataka kuweka pesa ngapi?" }));
    await user.type(dialog.getByLabelText("Kiasi kwa KSh"), "500{Enter}");
    await user.click(await screen.findByRole("button", { name: "Weka KSh\u00a0500" }));
    await title("KSh\u00a0500 imeingia");
    expect(api.pushes[0]).toMatchObject({ language: "sw" });
  });
});

describe("an outcome that is left before its details are read", () => {
  async function pay() {
    const { user } = renderSheet();
    onUnread.mockClear();
    await user.type(screen.getByLabelText("Amount in KSh"), "500{Enter}");
    await user.click(await screen.findByRole("button", { name: "Deposit KSh\u00a0500" }));
    return user;
  }

  it("has the page load the wallet, which still shows the old balance", async () => {
    server.use(http.get("*/api/wallet/", () => new Promise(() => undefined)));
    const user = await pay();
    await title("KSh\u00a0500 added");
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(onUnread).toHaveBeenCalledOnce();
  });

  it("has nothing loaded once they are read", async () => {
    const user = await pay();
    await screen.findByText("KSh 1,500.00");
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(onUnread).not.toHaveBeenCalled();
  });
});
