/**
 * Scenes of the history, statement, identity, limits and account pages: with data, empty, and in
 * special states.
 */
import { http, HttpResponse } from "msw";
import { accountMessages } from "@/features/account/messages";
import { plainMessages } from "@/features/deposit/plainMessages";
import { historyMessages } from "@/features/history/messages";
import { identityMessages } from "@/features/identity/messages";
import { noticeMessages } from "@/features/privacy/noticeMessages";
import type { Transaction } from "@/lib/api";
import { account, buildEntry, buildSubmission, THIS_SESSION } from "@/test/accountHandlers";
import { api, buildTransaction, envelope } from "@/test/handlers";
import { NOW, type Scene } from "./scene";

const at = (offsetS: number) => new Date(NOW + offsetS * 1000).toISOString();
const DAY_S = 86_400;

const deposit = (id: number, offsetS: number, changes: Partial<Transaction>) =>
  buildTransaction({
    id,
    created_at: at(offsetS),
    updated_at: at(offsetS),
    retry_after: null,
    next_poll_after: null,
    prompt_expires_at: null,
    ...changes,
  });

const PAID = deposit(41, -600, {
  status: "COMPLETED",
  result_code: "0",
  amount: 1500,
  mpesa_receipt_number: "TKN4ABCDEF",
  completed_at: at(-560),
});
const REVERSED = {
  ...PAID,
  is_reversed: true,
  customer_message:
    "M-PESA took this payment of KSh 1,500 back, so it was taken out of your wallet.",
};
const CANCELLED = deposit(41, -600, { status: "FAILED", result_code: "1032" });
const OPEN = deposit(41, -600, { next_poll_after: 30 });

const EVENTS = [
  { at: at(-600), kind: "created", message: "You asked for a deposit of KSh 1,500." },
  { at: at(-598), kind: "prompt_sent", message: "The prompt went to your phone." },
  { at: at(-562), kind: "callback", message: "M-PESA told us how it ended." },
  { at: at(-560), kind: "completed", message: "KSh 1,500 were added to your wallet." },
] as const;

const page = (name: string, path: string, changes: Partial<Scene> = {}): Scene => ({
  name,
  path,
  shows: (shown) => shown.locator("main h2, main h1").last(),
  ...changes,
});

const answer = (path: string, body: object) => [http.get(path, () => HttpResponse.json(body))];
const limits = (changes: object) => answer("*/api/limits/", { ...account.own, ...changes });

const depositPages = (name: string, transaction: Transaction): Scene =>
  page(name, "/deposits/41", {
    transactions: [transaction],
    answers: answer("*/api/payments/transactions/41/timeline/", { events: EVENTS }),
    shows: (shown) => shown.getByText("The prompt went to your phone."),
  });

const HISTORY: Scene[] = [
  page("deposits", "/deposits", {
    transactions: [
      PAID,
      deposit(40, -2 * DAY_S, { status: "FAILED" }),
      deposit(39, -3 * DAY_S, {}),
    ],
    shows: (shown) => shown.locator("[data-transaction]").first(),
  }),
  page("deposits-empty", "/deposits", {
    shows: (shown, say) => shown.getByText(say.from(historyMessages)("emptyTitle")),
  }),
  depositPages("deposit-paid", PAID),
  depositPages("deposit-reversed", REVERSED),
  depositPages("deposit-cancelled", CANCELLED),
  depositPages("deposit-confirming", OPEN),
  page("deposit-missing", "/deposits/99", {
    shows: (shown, say) => shown.getByText(say.from(historyMessages)("missingTitle")),
  }),
  page("statement", "/wallet/statement", {
    answers: answer("*/api/wallet/entries/", {
      next: null,
      previous: null,
      results: [buildEntry(), buildEntry({ id: 2, entry_id: 2, amount: "1500.00" })],
    }),
    shows: (shown) => shown.getByText("TKN4ABCDEF").first(),
  }),
  page("statement-empty", "/wallet/statement"),
];

const identity = (name: string, changes: object): Scene =>
  page(name, "/identity", { answers: answer("*/api/kyc/", { ...account.identity, ...changes }) });

const IDENTITY: Scene[] = [
  page("identity-new", "/identity", {
    shows: (shown, say) => shown.getByLabel(say.from(identityMessages)("idNumber")),
  }),
  page("identity-wrong", "/identity", {
    act: (shown, say) =>
      shown.getByRole("button", { name: say.from(identityMessages)("send") }).click(),
    shows: (shown, say) => shown.getByText(say.from(identityMessages)("idMissing")),
  }),
  identity("identity-pending", { submission: buildSubmission(), may_submit: false }),
  identity("identity-verified", {
    kyc_status: "VERIFIED",
    tier: "full",
    submission: buildSubmission({ status: "VERIFIED", decided_at: at(-60) }),
    may_submit: false,
  }),
  identity("identity-rejected", {
    kyc_status: "REJECTED",
    submission: buildSubmission({
      status: "REJECTED",
      decided_at: at(-60),
      reason: "The name is not the one on the document.",
    }),
  }),
];

const LIMITS: Scene[] = [
  page("limits", "/limits"),
  page("limits-own-caps", "/limits", {
    answers: [
      ...limits({ daily_cap: 1000, weekly_cap: 5000 }),
      ...answer("*/api/payments/limits/", {
        ...api.limits,
        own_daily_limit: 1000,
        used_today: 200,
        remaining_today: 300,
        weekly_limit: 5000,
        remaining_this_week: 300,
      }),
    ],
  }),
  page("limits-identity-first", "/limits", {
    answers: answer("*/api/payments/limits/", { ...api.limits, identity_required: true }),
  }),
  page("limits-pending", "/limits", {
    answers: limits({
      daily_cap: 1000,
      weekly_cap: 5000,
      pending: { daily_cap: 2000, weekly_cap: null, effective_at: at(DAY_S) },
    }),
  }),
  page("limits-paused", "/limits", { answers: limits({ paused_until: at(7 * DAY_S) }) }),
  page("limits-excluded", "/limits", { answers: limits({ excluded_until: at(180 * DAY_S) }) }),
];

const ACCOUNT: Scene[] = [
  page("account", "/account"),
  page("account-number-pending", "/account", {
    answers: answer("*/api/auth/phone/", {
      change: {
        new_phone_number: "254722654321",
        status: "PENDING",
        requested_at: at(-3600),
        decided_at: null,
        reason: null,
      },
    }),
    shows: (shown) => shown.getByText(/321/),
  }),
  page("account-sessions", "/account", {
    answers: answer("*/api/auth/sessions/", {
      sessions: [
        THIS_SESSION,
        { ...THIS_SESSION, browser: "Firefox", system: "Windows", is_current: false },
        { ...THIS_SESSION, kind: "token", browser: "", system: "", is_current: false },
      ],
    }),
    act: (shown, say) =>
      shown.getByRole("heading", { name: say.from(accountMessages)("sessions") }).click(),
    shows: (shown) => shown.getByText("Firefox, Windows"),
  }),
  page("account-service-down", "/account", {
    answers: [http.get("*/api/auth/phone/", () => envelope(502, "api_unreachable", "Down."))],
    act: (shown, say) =>
      shown.getByRole("heading", { name: say.from(accountMessages)("change") }).click(),
    shows: (shown) => shown.getByRole("alert"),
  }),
];

const PLAIN: Scene[] = [
  page("plain-deposit", "/deposit?amount=500", {
    shows: (shown, say) =>
      shown.getByRole("button", { name: say.from(plainMessages)("plainSubmit") }),
  }),
  page("privacy", "/privacy", {
    signedOut: true,
    shows: (shown, say) => shown.getByText(say.from(noticeMessages)("rightsTitle")),
  }),
];

export const ACCOUNT_SCENES: Scene[] = [...HISTORY, ...IDENTITY, ...LIMITS, ...ACCOUNT, ...PLAIN];
