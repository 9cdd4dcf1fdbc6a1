import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { writeStoredDeposit } from "@/features/deposit/persist";
import { listOpenClaims } from "@/features/paybill/openClaims";
import { WalletView } from "@/features/wallet/WalletView";
import type { Transaction } from "@/lib/api";
import { toDay } from "@/lib/day";
import type { Language } from "@/lib/language";
import { account } from "@/test/accountHandlers";
import { api, buildClaim, buildTransaction, envelope, me, PAYBILL, settle } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const replace = vi.fn();
const router = { replace, refresh: vi.fn(), prefetch: vi.fn() };
vi.mock("next/navigation", () => ({ useRouter: () => router, usePathname: () => "/wallet" }));

// On a busy machine the first load of the code takes longer than a test may wait.
beforeAll(async () => {
  await import("@/components/DepositModal");
  await import("@/features/deposit/HandPaymentView");
});

beforeEach(() => {
  replace.mockClear();
  api.paybill = PAYBILL;
});

const page = (
  <SignedIn>
    <WalletView />
  </SignedIn>
);

const show = (language: Language = "en") => renderPage(page, language);
type User = ReturnType<typeof show>["user"];

const title = (name: string | RegExp) => screen.findByRole("heading", { level: 2, name });
const step = (name: string | RegExp) => screen.findByRole("heading", { level: 3, name });
const press = async (user: User, name: string | RegExp) => {
  await user.click(await screen.findByRole("button", { name }));
};

/** The code of a payment of today. */
function todaysCode(rest = "7HNP31T"): string {
  const [year, month, day] = toDay(Date.now()).split("-").map(Number) as [number, number, number];
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return `${letters.charAt((year - 2006) % 26)}${letters.charAt(month - 1)}${"123456789ABCDEFGHIJKLMNOPQRSTUV".charAt(day - 1)}${rest}`;
}

function todaysSms(code = todaysCode()): string {
  const [year, month, day] = toDay(Date.now()).split("-") as [string, string, string];
  return `${code} Confirmed. Ksh650.00 sent to KIBEEZY for account 2480159763 on ${String(Number(day))}/${String(Number(month))}/${year.slice(2)} at 12:01 AM New M-PESA balance is Ksh9,876.00. Transaction cost, Ksh0.00.`;
}

/** A deposit under way that this device has stored, with its sheet open. */
function storePending(changes: Partial<Transaction> = {}): void {
  const transaction = buildTransaction(changes);
  api.transactions = [transaction];
  writeStoredDeposit(me.id, {
    key: "k",
    amount: transaction.amount,
    startedAt: transaction.created_at,
    newestIdBefore: 0,
    sent: true,
    earlier: [],
    transactionId: transaction.id,
    minimised: false,
  });
}

async function openPaybill(user: User): Promise<void> {
  await press(user, "Other ways to pay");
  await step(/^In the M\u2011PESA app/);
}

async function openClaim(user: User): Promise<void> {
  await openPaybill(user);
  await press(user, "I have paid");
  await title("I have paid");
}

async function claim(user: User, text: string): Promise<void> {
  await openClaim(user);
  await user.click(screen.getByLabelText("M\u2011PESA SMS or code"));
  await user.paste(text);
}

async function review(user: User): Promise<void> {
  await user.type(await screen.findByLabelText("Amount in KSh"), "500");
  await press(user, /^Continue/);
  await title("You are about to deposit");
}

const PAID: Partial<Transaction> = {
  id: 77,
  amount: 650,
  status: "COMPLETED",
  checkout_request_id: null,
  merchant_request_id: null,
  description: "M-PESA deposit of KSH 650 (paybill)",
  result_code: null,
  customer_message: "Deposit received.",
};

describe("where payments by hand are not taken", () => {
  it("no screen offers one, and the PIN can still be reported", async () => {
    api.paybill = null;
    storePending();
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "I have entered my PIN");
    await waitFor(() => {
      expect(api.pins).toEqual([41]);
    });
    expect(screen.queryByRole("button", { name: /prompt|paybill|I have paid/ })).toBeNull();
    expect(screen.queryByRole("button", { name: "Other ways to pay" })).toBeNull();
  });

  it("is asked again when the customer returns after a failure, and not after the answer", async () => {
    let asked = 0;
    server.use(
      http.get("*/api/payments/paybill/", () => {
        asked += 1;
        return asked === 1 ? HttpResponse.error() : HttpResponse.json(PAYBILL);
      }),
    );
    show();
    await screen.findByTestId("balance");
    expect(screen.queryByRole("button", { name: "Other ways to pay" })).toBeNull();
    const comeBack = () => {
      act(() => {
        window.dispatchEvent(new Event("focus"));
      });
    };
    comeBack();
    await screen.findByRole("button", { name: "Other ways to pay" });
    comeBack();
    expect(asked).toBe(2);
  });
});

describe("I have entered my PIN", () => {
  it("has M-PESA asked once, rests, and shows the outcome", async () => {
    storePending();
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "I have entered my PIN");
    const resting = await screen.findByRole("button", { name: "Asking M\u2011PESA now…" });
    expect(resting).toHaveFocus();
    await user.click(resting);
    await screen.findByText("Asking M\u2011PESA now…", { selector: "[role=status]" });
    settle(41, { status: "COMPLETED", mpesa_receipt_number: todaysCode() });
    await title("KSh\u00a0500 added");
    expect(api.pins).toEqual([41]);
  });

  it("shows an outcome that comes with its answer at once", async () => {
    storePending();
    server.use(
      http.post("*/pin-entered/", () => {
        settle(41, { status: "FAILED", result_code: "2001", customer_message: "Wrong PIN." });
        return HttpResponse.json(api.transactions[0]);
      }),
    );
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "I have entered my PIN");
    await title("The PIN was not right");
  });

  it("rests on when the view changes meanwhile", async () => {
    storePending();
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "I have entered my PIN");
    settle(41, { next_poll_after: 60, status: "PENDING" });
    await title("Confirming with M\u2011PESA");
    expect(screen.getByRole("button", { name: "Asking M\u2011PESA now…" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "I have entered my PIN" })).toBeNull();
  });

  it("can be pressed again after a few seconds", { timeout: 20_000 }, async () => {
    storePending({ next_poll_after: 60 });
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "I have entered my PIN");
    await screen.findByRole("button", { name: "Asking M\u2011PESA now…" });
    await press(user, "I have entered my PIN");
    expect(api.pins).toEqual([41, 41]);
  });

  it("says that there is no network when the answer does not come", async () => {
    storePending({ next_poll_after: 60 });
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await screen.findByText(/seconds right now/);
    server.use(
      http.post("*/pin-entered/", () => HttpResponse.error()),
      http.get("*/status/", () => HttpResponse.error()),
    );
    await press(user, "I have entered my PIN");
    await screen.findByText(/^No network\. Sent at/, { selector: "dialog :not([role=status])" });
  });
});

describe("the paybill's numbers", () => {
  it("are found on the wallet, with the customer's own account, and are copied", async () => {
    const { user } = show();
    await openPaybill(user);
    expect(screen.getByText("174379")).toBeVisible();
    expect(screen.getByText("2480").parentElement).toHaveTextContent("2480159763");
    expect(screen.getByText(/names Kibeezy/)).toBeVisible();
    expect(screen.getByText("From KSh 1 to KSh 150,000.")).toBeVisible();

    await press(user, "Copy: Your own account number");

    expect(await navigator.clipboard.readText()).toBe("2480159763");
    await screen.findByText("Copied", { selector: "[role=status]" });
  });

  it("are selected where the browser cannot copy", async () => {
    const { user } = show();
    await openPaybill(user);
    vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("Not allowed."));

    await press(user, "Copy: Your own account number");

    await screen.findByText(/^The number is selected/, { selector: ":not([role=status])" });
    expect(window.getSelection()?.toString()).toBe("2480159763");
  });

  it("come with the amount after a failure that moved no money, without a warning", async () => {
    storePending({ status: "FAILED", result_code: "1032", amount: 650 });
    const { user } = show();
    await title("The request was cancelled");
    await press(user, "Pay by paybill");
    await step(/^In the M\u2011PESA app/);
    await press(user, "Copy: Amount in KSh");
    expect(await navigator.clipboard.readText()).toBe("650");
    await press(user, "Back");
    await title("The request was cancelled");
  });

  it("are not offered where the amount was the cause: M-PESA would refuse it again", async () => {
    storePending({ status: "FAILED", result_code: "1" });
    show();
    await title("Not enough money in M\u2011PESA");
    expect(await screen.findByRole("button", { name: "I have paid" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Pay by paybill" })).toBeNull();
  });

  it.each([
    ["the prompt is on the phone", "Enter your M\u2011PESA PIN", {}, /until \d\d:\d\d/],
    [
      "it is unknown what became of it",
      "Confirming with M\u2011PESA",
      { prompt_expires_at: null, retry_after: null },
      /has not told us/,
    ],
    [
      "its failure is uncertain",
      "We could not reach your phone",
      { status: "FAILED", result_code: "1037" },
      /has not told us/,
    ],
  ] as const)("come after a warning while %s", async (_, heading, changes, words) => {
    storePending(changes);
    const { user } = show();
    await title(heading);
    await press(user, /^(Pay by paybill|No prompt on my phone\?)$/);

    await step("Have you entered your PIN?");
    expect(screen.getByText(/paying again pays twice/)).toBeVisible();
    expect(screen.getByText(words)).toBeVisible();
    expect(screen.queryByText("174379")).toBeNull();

    await press(user, "I did not enter my PIN");
    expect(await step(/^In the M\u2011PESA app/)).toHaveFocus();
  });

  it("come after a warning from the wallet too, and waiting leads back to the deposit", async () => {
    storePending();
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await user.click(screen.getAllByRole("button", { name: "Close and keep confirming" })[0]!);
    await press(user, "Other ways to pay");
    await step("Have you entered your PIN?");
    await press(user, "Wait for M\u2011PESA");
    await title("Enter your M\u2011PESA PIN");
  });

  it("give way to the deposit when that succeeds behind them", async () => {
    storePending({ next_poll_after: 1 });
    const { user } = show();
    await title("Enter your M\u2011PESA PIN");
    await press(user, "No prompt on my phone?");
    await press(user, "I did not enter my PIN");
    await step(/^In the M\u2011PESA app/);
    settle(41, { status: "COMPLETED", mpesa_receipt_number: todaysCode() });
    await title("KSh\u00a0500 added");
    expect(screen.queryByText("174379")).toBeNull();
  });

  it("are not shown before the identity is confirmed", async () => {
    api.limits = { ...api.limits, identity_required: true };
    const { user } = show();
    await press(user, "Other ways to pay");
    expect(await screen.findByRole("link", { name: "Confirm who I am" })).toBeVisible();
    expect(screen.queryByText("174379")).toBeNull();
  });

  it.each(["paused_until", "excluded_until"] as const)("are not shown before %s", async (name) => {
    account.own = { ...account.own, [name]: new Date(Date.now() + 86_400_000).toISOString() };
    const { user } = show();
    await press(user, "Other ways to pay");
    expect(await screen.findByText(/^You are taking a break until/)).toBeVisible();
    expect(screen.queryByText("174379")).toBeNull();
  });

  it("are shown when the limits cannot be fetched, and a break that is over stops nobody", async () => {
    account.own = { ...account.own, paused_until: "2026-01-01T00:00:00Z" };
    server.use(http.get("*/api/payments/limits/", () => HttpResponse.error()));
    const { user } = show();
    await openPaybill(user);
    expect(screen.getByText("174379")).toBeVisible();
  });
});

describe("a prompt after the paybill's numbers were shown", () => {
  async function reviewAfterNumbers(user: User): Promise<void> {
    await openPaybill(user);
    await press(user, "Back");
    await review(user);
    await press(user, /^Deposit KSh/);
  }

  it("is sent only once the customer has said that nothing was paid", async () => {
    const { user } = show();
    await reviewAfterNumbers(user);
    await title("Did you pay by paybill?");
    expect(screen.getByText(/^You opened the paybill number at/)).toBeVisible();
    expect(api.pushes).toEqual([]);

    await press(user, "I have not paid: send the prompt");

    await title("KSh\u00a0500 added");
    expect(api.pushes).toHaveLength(1);
  });

  it("is not sent when the customer has paid, nor after going back", async () => {
    const { user } = show();
    await reviewAfterNumbers(user);
    await title("Did you pay by paybill?");
    await press(user, "I have paid");
    await title("I have paid");
    await press(user, "Back");
    await press(user, /^Deposit KSh/);
    await title("Did you pay by paybill?");
    expect(api.pushes).toEqual([]);
  });

  it("needs no question once the payment by hand has arrived, nor an hour later", async () => {
    api.transactions = [
      buildTransaction({ ...PAID, created_at: new Date(Date.now() + 60_000).toISOString() }),
    ];
    const { user } = show();
    await reviewAfterNumbers(user);
    await title("KSh\u00a0500 added");
    await press(user, "Done");

    api.transactions = [];
    const at = Date.now() - 3_601_000;
    window.localStorage.setItem(`kibeezy.paybill.${String(me.id)}`, JSON.stringify({ at }));
    await press(user, "Deposit");
    await review(user);
    await press(user, /^Deposit KSh/);
    await waitFor(() => {
      expect(api.pushes).toHaveLength(2);
    });
  });
});

describe("a claim", () => {
  it("sends the code only, and shows the deposit like any other", async () => {
    api.transactions = [buildTransaction({ ...PAID, mpesa_receipt_number: todaysCode() })];
    api.claimAnswer = { outcome: "credited", transaction_id: 77 };
    const { user } = show();
    await claim(user, todaysSms());
    expect(screen.getByText(todaysCode(), { selector: "strong" })).toBeVisible();
    expect(screen.getByText(/^KSh 650, 00:01: is that right\?$/)).toBeVisible();
    expect(screen.getByText("Account 2480159763")).toBeVisible();

    await press(user, "Find my payment");

    await title("KSh\u00a0650 added");
    expect(api.claims).toEqual([todaysCode()]);
    expect(within(screen.getByRole("dialog")).getByText(todaysCode())).toBeVisible();
    expect(listOpenClaims(me.id)).toEqual([]);
  });

  it("for the deposit on the screen shows that one", async () => {
    storePending({ prompt_expires_at: null, retry_after: null, next_poll_after: 60 });
    api.claimAnswer = { outcome: "credited", transaction_id: 41 };
    const { user } = show();
    await screen.findByRole("button", { name: "Start another deposit" });
    await press(user, "I have paid");
    await user.type(await screen.findByLabelText("M\u2011PESA SMS or code"), todaysCode());
    settle(41, { status: "COMPLETED", mpesa_receipt_number: todaysCode() });
    await press(user, "Find my payment");
    await title("KSh\u00a0500 added");
  });

  it("sets a deposit under way aside, which stays on the screen", async () => {
    storePending({ prompt_expires_at: null, retry_after: null, next_poll_after: 60 });
    api.transactions = [
      ...api.transactions,
      buildTransaction({ ...PAID, mpesa_receipt_number: todaysCode() }),
    ];
    api.claimAnswer = { outcome: "credited", transaction_id: 77 };
    const { user } = show();
    await screen.findByRole("button", { name: "Start another deposit" });
    await press(user, "I have paid");
    await user.type(await screen.findByLabelText("M\u2011PESA SMS or code"), todaysCode());
    await press(user, "Find my payment");
    await title("KSh\u00a0650 added");
    expect(await screen.findByText(/^#41, KSh 500: still confirming/)).toBeVisible();
  });

  it("that was credited before says so, and leads to that deposit", async () => {
    api.claimAnswer = { outcome: "already_credited", transaction_id: 77 };
    const { user } = show();
    await claim(user, todaysCode());
    await press(user, "Find my payment");
    expect(await step("This payment is already in your wallet")).toHaveFocus();
    expect(screen.getByRole("link", { name: "See this deposit" })).toHaveAttribute(
      "href",
      "/deposits/77",
    );
  });

  it("whose deposit cannot be fetched is still said to be in the wallet", async () => {
    api.claimAnswer = { outcome: "credited", transaction_id: 99 };
    const { user } = show();
    await claim(user, todaysCode());
    await press(user, "Find my payment");
    await step("Your payment is in your wallet");
    expect(screen.getByRole("link", { name: "See this deposit" })).toBeVisible();
  });

  it("that our team has closed says why, and is not looked for any longer", async () => {
    const { user } = show();
    await claim(user, todaysCode());
    await press(user, "Find my payment");
    await step(`We are looking for ${todaysCode()}`);
    api.claimList = [
      buildClaim({
        receipt: todaysCode(),
        status: "closed",
        customer_message: "Our team has looked into this payment.",
        reason: "It was paid to another business.",
      }),
    ];
    await press(user, "Check now");
    expect(await step(`We have looked into ${todaysCode()}`)).toHaveFocus();
    expect(screen.getByText("Our team has looked into this payment.")).toBeVisible();
    expect(screen.getByText("It was paid to another business.")).toBeVisible();
    expect(listOpenClaims(me.id)).toEqual([]);
    await press(user, "Look for another payment");
    await screen.findByLabelText("M\u2011PESA SMS or code");
  });

  it("is found under the code that the API has corrected", async () => {
    const { user } = show();
    await claim(user, `${todaysCode().slice(0, 9)}O`);
    await press(user, "Find my payment");
    api.claimList = [
      buildClaim({
        receipt: `${todaysCode().slice(0, 9)}0`,
        customer_message: "Our team has the payment now.",
      }),
    ];
    await press(user, "Check now");
    expect(await screen.findByText("Our team has the payment now.")).toBeVisible();
  });

  it("under way survives closing the sheet and the page, until its payment is found", async () => {
    const first = show();
    await claim(first.user, todaysSms());
    await press(first.user, "Find my payment");
    expect(await step(`We are looking for ${todaysCode()}`)).toHaveFocus();
    expect(screen.getByText("We are looking for this payment. Do not pay again.")).toBeVisible();
    await press(first.user, "Close");
    await press(first.user, "Deposit");
    await screen.findByRole("button", { name: `We are looking for ${todaysCode()}` });
    first.unmount();

    const { user } = show();
    await press(user, "Deposit");
    await press(user, `We are looking for ${todaysCode()}`);
    await step(`We are looking for ${todaysCode()}`);
    await press(user, "Check now");
    await screen.findByText(/^Not yet, at/, { selector: "dialog :not([role=status])" });
    api.transactions = [buildTransaction({ ...PAID, mpesa_receipt_number: todaysCode() })];
    api.claimList = [buildClaim({ receipt: todaysCode(), status: "credited", transaction_id: 77 })];
    await press(user, "Check now");
    await title("KSh\u00a0650 added");
    expect(api.claims).toHaveLength(1);
    expect(listOpenClaims(me.id)).toEqual([]);
    // What was stored holds the code, and nothing of the SMS.
    expect(JSON.stringify(window.localStorage)).not.toMatch(/9,876|KIBEEZY/);
  });

  it("is no longer looked for after three days, and another can be made meanwhile", async () => {
    const key = `kibeezy.claims.${String(me.id)}`;
    const put = (at: number) => {
      window.localStorage.setItem(key, JSON.stringify([{ code: todaysCode(), at }]));
    };
    put(Date.now() - 72 * 3_600_000 - 1);
    expect(listOpenClaims(me.id)).toEqual([]);
    window.localStorage.setItem(key, JSON.stringify([null, 7, { code: 7, at: 1 }]));
    expect(listOpenClaims(me.id)).toEqual([]);
    put(Date.now());
    const { user } = show();
    await press(user, "Deposit");
    await press(user, `We are looking for ${todaysCode()}`);
    await press(user, "Look for another payment");
    expect(await step(/^Paste the M\u2011PESA SMS/)).toHaveFocus();
  });

  it("is known to the API already: it is looked for, not refused", async () => {
    server.use(
      http.post("*/api/payments/claims/", () =>
        envelope(409, "claim_in_progress", "We already look for it."),
      ),
    );
    const { user } = show();
    await claim(user, todaysCode());
    await press(user, "Find my payment");
    await step(`We are looking for ${todaysCode()}`);
    expect(screen.getByText("We already look for it.")).toBeVisible();
  });

  it.each([
    ["invalid_code", 400, "The API's own words.", /^The API's own words\.$/],
    ["rate_limited", 429, "The API's own words.", /^The API's own words\.$/],
    [
      "invalid_code",
      400,
      "",
      { en: /^M\u2011PESA has no such code/, sw: /^M\u2011PESA haina msimbo/ },
    ],
    ["rate_limited", 429, "", { en: /^You have asked five times/, sw: /^Umeuliza mara tano/ }],
    ["not_found", 404, "No such page.", { en: /^We cannot look/, sw: /^Hatuwezi kutafuta/ }],
    ["unavailable", 503, "Busy.", { en: /^The problem is on our side/, sw: /^Tatizo liko/ }],
  ] as const)("that ends in %s (%i) says so", async (code, status, words, sentence) => {
    server.use(http.post("*/api/payments/claims/", () => envelope(status, code, words)));
    for (const language of ["en", "sw"] as const) {
      const { user, unmount } = show(language);
      await press(user, /^(Other ways to pay|Njia nyingine za kulipa)$/);
      await press(user, /^(I have paid|Nimelipa)$/);
      await user.type(
        await screen.findByLabelText(/^(M\u2011PESA SMS|SMS ya M\u2011PESA)/),
        todaysCode(),
      );
      await press(user, /^(Find my payment|Tafuta malipo yangu)$/);
      expect(await screen.findByRole("alert")).toHaveTextContent(
        sentence instanceof RegExp ? sentence : sentence[language],
      );
      expect(screen.getByRole("textbox")).toBeInvalid();
      unmount();
    }
    expect(listOpenClaims(me.id)).toEqual([]);
  });

  it("without network can be sent again, and leads to log in when the session has ended", async () => {
    server.use(http.post("*/api/payments/claims/", () => HttpResponse.error(), { once: true }));
    const { user } = show();
    await claim(user, todaysCode());
    await press(user, "Find my payment");
    expect(await screen.findByRole("alert")).toHaveTextContent(/cannot reach us/);
    server.use(
      http.post("*/api/payments/claims/", () => envelope(401, "not_authenticated", "Log in.")),
    );
    await press(user, "Find my payment");
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith(expect.stringMatching(/^\/login/));
    });
  });

  it.each([
    ["", /^Paste the SMS/],
    ["hello", /^There is no M\u2011PESA code in it\..*such as [A-Z]{2}17HNP31T\.$/],
    ["Failed. You do not have enough money in your M-PESA account", /says that nothing was paid/],
    ["You have received Ksh5.00 from EXAMPLE", /money that you received/],
    ["7AB12CD34EF Imethibitishwa. Tsh10,000.00", /not from M\u2011PESA in Kenya/],
    [
      "Reversal of transaction TI26ZVL0L8 has been successfully reversed",
      /taken this payment back/,
    ],
  ])("of %o is not sent", async (text, words) => {
    const { user } = show();
    await openClaim(user);
    if (text !== "") await user.type(screen.getByRole("textbox"), text);
    await press(user, "Find my payment");
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(api.claims).toEqual([]);
  });

  it("of a day to come is not sent", async () => {
    const { user } = show();
    const year = String.fromCharCode(todaysCode().charCodeAt(0) + 1);
    await claim(user, `${year}${todaysCode().slice(1)}`);
    await press(user, "Find my payment");
    expect(await screen.findByRole("alert")).toHaveTextContent(/still to come/);
    expect(api.claims).toEqual([]);
  });

  it("that is doubtful is sent all the same, once the customer has seen why", async () => {
    const { user } = show();
    const year = String.fromCharCode(todaysCode().charCodeAt(0) - 1);
    const old = `${year}A${todaysCode().slice(2)}`;
    await claim(
      user,
      todaysSms(old).replace("KIBEEZY for account 2480159763", "EXAMPLE LTD for account 1"),
    );
    const doubts = within(screen.getByRole("dialog")).getAllByRole("listitem");
    expect(doubts.map((doubt) => doubt.textContent)).toEqual([
      expect.stringMatching(/^This SMS is of a payment to EXAMPLE LTD\./),
      expect.stringMatching(/^This code is from/),
      expect.stringMatching(/^The code is from .* names another day/),
    ]);
    await press(user, "Look for it all the same");
    await step(`We are looking for ${old}`);
  });

  it("is pasted by a button where the browser allows it", async () => {
    const { user } = show();
    await openClaim(user);
    await navigator.clipboard.writeText(todaysSms());
    await press(user, "Paste");
    expect(await screen.findByText(todaysCode())).toBeVisible();
    vi.spyOn(navigator.clipboard, "readText").mockRejectedValue(new Error("Not allowed."));
    await press(user, "Paste");
    await screen.findByText("Hold the box and choose Paste.", { selector: "[role=status]" });
    expect(screen.getByRole("textbox")).toHaveFocus();
  });
});
