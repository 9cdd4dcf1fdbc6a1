/** A fake API with the contract's types and the mock gateway's special amounts. */
import { http, HttpResponse, type JsonBodyType } from "msw";
import type { ProviderStatus } from "@/features/deposit/api";
import type { Limits } from "@/features/limits/api";
import type { Claim, ClaimAnswer, Paybill } from "@/features/paybill/api";
import type { Transaction } from "@/lib/api";
import type { Money } from "@/lib/errors";

type Outcome = { status: Transaction["status"]; resultCode: string | null; message: string };

const PAID: Outcome = { status: "COMPLETED", resultCode: "0", message: "Deposit received." };
const OUTCOMES: Record<number, Outcome | undefined> = {
  1032: {
    status: "FAILED",
    resultCode: "1032",
    message: "The request was cancelled. No money was taken.",
  },
  1111: {
    status: "FAILED",
    resultCode: "1",
    message: "Not enough money in M-PESA. No money was taken.",
  },
  1037: {
    status: "FAILED",
    resultCode: "1037",
    message: "Your phone could not be reached. If money was taken, we will add it automatically.",
  },
  2001: { status: "FAILED", resultCode: "2001", message: "The PIN was wrong. No money was taken." },
  4999: { status: "PENDING", resultCode: null, message: "Enter your M-PESA PIN." },
};

const LIMITS: Limits = {
  refused_by: null,
  deposits_again_at: null,
  most_now: 150_000,
  identity_required: false,
  tier: "full",
  min_amount: 1,
  max_amount: 150_000,
  daily_limit: 500_000,
  own_daily_limit: null,
  used_today: 0,
  remaining_today: 500_000,
  weekly_limit: null,
  remaining_this_week: null,
};
const PROVIDER_STATUS: ProviderStatus = {
  typical_seconds: 12,
  slow_seconds: 40,
  confirmations: 30,
  state: "good",
};

/** The numbers of a payment by hand. */
export const PAYBILL: Paybill = {
  paybill: "174379",
  account_number: "2480159763",
  payee_name: "Kibeezy",
};
const CHECKING: ClaimAnswer = {
  outcome: "checking",
  customer_message: "We are looking for this payment. Do not pay again.",
};

export function buildClaim(fields: Partial<Claim>): Claim {
  return {
    id: 5,
    receipt: "UKU17HNP31",
    status: "checking",
    customer_message: "We are looking for this payment.",
    reason: null,
    transaction_id: null,
    created_at: "2026-11-30T09:00:00Z",
    ends_at: "2026-12-03T09:00:00Z",
    ended_at: null,
    ...fields,
  };
}

export const api = {
  limits: LIMITS,
  providerStatus: PROVIDER_STATUS,
  signedIn: true,
  /** Null: payments by hand are not taken. */
  paybill: null as Paybill | null,
  /** The answer to every claim. */
  claimAnswer: CHECKING as ClaimAnswer,
  /** The claims that the API lists. */
  claimList: [] as Claim[],
  /** The texts of the claims. */
  claims: [] as string[],
  /** The deposits whose customer has said that the PIN is entered. */
  pins: [] as number[],
  balance: 1000,
  transactions: [] as Transaction[],
  /** The queries of the list. */
  asked: [] as string[],
  pushes: [] as {
    amount: number;
    key: string | null;
    csrf: string | null;
    language: string | null;
  }[],
};

export function resetFakeApi(): void {
  api.limits = LIMITS;
  api.providerStatus = PROVIDER_STATUS;
  api.signedIn = true;
  api.paybill = null;
  api.claimAnswer = CHECKING;
  api.claims = [];
  api.claimList = [];
  api.pins = [];
  api.balance = 1000;
  api.transactions = [];
  api.asked = [];
  api.pushes = [];
}

export const me = {
  id: 7,
  phone_number: "254712345678",
  full_name: "Wanjiku Otieno",
  kyc_status: "VERIFIED",
};

export function buildTransaction(changes: Partial<Transaction> = {}): Transaction {
  const pending = (changes.status ?? "PENDING") === "PENDING";
  return {
    id: 41,
    type: "DEPOSIT",
    amount: 500,
    phone_number: "2547****5678",
    status: "PENDING",
    checkout_request_id: "ws_CO_41",
    merchant_request_id: "m-41",
    mpesa_receipt_number: null,
    account_reference: "KBZ41",
    is_reversed: false,
    result_code: null,
    customer_message: "Enter your M-PESA PIN.",
    description: "M-PESA deposit of KSH 500",
    created_at: new Date().toISOString(),
    updated_at: new Date().toISOString(),
    completed_at: null,
    next_poll_after: pending ? 2 : null,
    retry_after: pending ? 60 : null,
    prompt_expires_at: pending ? new Date(Date.now() + 60_000).toISOString() : null,
    money: findMoney(changes),
    ...changes,
  };
}

// Failures that a later query may contradict (UNCERTAIN_FAILURES in backend/payments/daraja/result_codes.py).
const DOUBTFUL = new Set([null, "1019", "1037", "9999", "SFC_NEW"]);

function findMoney({ status, result_code = null }: Partial<Transaction>): Money {
  if (status === "COMPLETED") return "moved";
  return status === "FAILED" && !DOUBTFUL.has(result_code) ? "not_moved" : "unknown";
}

export function envelope(status: number, code: string, customerMessage: string, extra = {}) {
  return HttpResponse.json(
    { error: code, code, customer_message: customerMessage, ...extra },
    { status },
  );
}

/** An answer to a session, which names its account. */
const ofSession = (body: JsonBodyType) =>
  HttpResponse.json(body, { headers: { "X-Account": String(me.id) } });

const signedOut = () => envelope(401, "not_authenticated", "Please log in.");

/** Settles the deposits of the fake API, as M-PESA's result would. */
export function settle(id: number, changes: Partial<Transaction>): void {
  api.transactions = api.transactions.map((txn) =>
    txn.id === id
      ? {
          ...txn,
          next_poll_after: null,
          retry_after: null,
          prompt_expires_at: null,
          money: findMoney({ ...txn, ...changes }),
          ...changes,
        }
      : txn,
  );
}

export const handlers = [
  http.get("*/api/auth/csrf/", () =>
    HttpResponse.json(
      { csrf_token: "token-of-the-body" },
      { headers: { "X-Environment": "mock" } },
    ),
  ),
  http.get("*/api/auth/me/", () => (api.signedIn ? ofSession(me) : signedOut())),
  http.post("*/api/auth/login/", () => HttpResponse.json(me)),
  http.post("*/api/auth/signup/", () => HttpResponse.json(me, { status: 201 })),
  // No SMS are sent, unless a test or scene says so.
  http.post("*/api/auth/signup/code/", () => envelope(404, "not_found", "There is nothing here.")),
  http.post("*/api/auth/recovery/", () =>
    HttpResponse.json(
      { recovery: "handle-of-the-recovery", expires_at: "2026-11-25T08:52:00Z" },
      { status: 202 },
    ),
  ),
  http.post("*/api/auth/recovery/confirm/", () => HttpResponse.json(me)),
  http.post("*/api/auth/logout/", () => new HttpResponse(null, { status: 204 })),
  http.get("*/api/wallet/", () =>
    api.signedIn ? ofSession({ balance: api.balance.toFixed(2), currency: "KES" }) : signedOut(),
  ),
  http.get("*/api/payments/limits/", () => HttpResponse.json(api.limits)),
  http.get("*/api/payments/weather/", () => HttpResponse.json(api.providerStatus)),
  http.get("*/api/payments/transactions/", ({ request }) => list(new URL(request.url))),
  http.get("*/api/payments/transactions/:id/", ({ params }) => find(params.id)),
  http.get("*/api/payments/transactions/:id/status/", ({ params }) => find(params.id)),
  http.get("*/api/payments/paybill/", () =>
    api.paybill === null
      ? envelope(404, "not_found", "There is nothing here.")
      : HttpResponse.json(api.paybill),
  ),
  http.get("*/api/payments/claims/", () =>
    HttpResponse.json({ next: null, previous: null, results: api.claimList }),
  ),
  http.post("*/api/payments/claims/", async ({ request }) => {
    const body = (await request.json()) as { text: string };
    api.claims.push(body.text);
    return HttpResponse.json(api.claimAnswer, {
      status: api.claimAnswer.outcome === "checking" ? 202 : 200,
    });
  }),
  http.post("*/api/payments/transactions/:id/pin-entered/", ({ params }) => {
    api.pins.push(Number(params.id));
    return find(params.id);
  }),
  http.post("*/api/payments/stk-push/", async ({ request }) => {
    const { amount } = (await request.json()) as { amount: number };
    const { headers } = request;
    api.pushes.push({
      amount,
      key: headers.get("Idempotency-Key"),
      csrf: headers.get("X-CSRFToken"),
      language: headers.get("Accept-Language"),
    });
    return HttpResponse.json(push(amount));
  }),
];

/** The list, filtered as the contract says; records the query. */
function list({ searchParams }: URL) {
  if (!api.signedIn) return signedOut();
  api.asked.push(searchParams.toString());
  const wanted = searchParams.get("status");
  const [after, before] = [searchParams.get("created_after"), searchParams.get("created_before")];
  const results = api.transactions.filter(
    ({ status, created_at }) =>
      (wanted === null || status === wanted) &&
      (after === null || Date.parse(created_at) > Date.parse(after)) &&
      (before === null || Date.parse(created_at) < Date.parse(before)),
  );
  return HttpResponse.json({ next: null, previous: null, results });
}

/** Stores a deposit with its outcome, and answers that M-PESA accepted the push. */
export function push(amount: number) {
  const outcome = OUTCOMES[amount] ?? PAID;
  const id = 41 + api.transactions.length;
  const { status, resultCode: result_code, message: customer_message } = outcome;
  const paid = status === "COMPLETED";
  const mpesa_receipt_number = paid ? "TKN4ABCDEF" : null;
  api.transactions.unshift(
    buildTransaction({
      id,
      amount,
      status,
      result_code,
      customer_message,
      mpesa_receipt_number,
      ...(status === "PENDING" ? {} : { retry_after: null }),
    }),
  );
  if (paid) api.balance += amount;
  return {
    message: "STK Push initiated successfully",
    checkout_id: `ws_CO_${String(id)}`,
    transaction_id: id,
    customer_message: "Check your phone for M-PESA prompt",
    money: "unknown",
  };
}

function find(id: string | readonly string[] | undefined) {
  if (!api.signedIn) return signedOut();
  const found = api.transactions.find((txn) => String(txn.id) === id);
  return found
    ? HttpResponse.json(found)
    : envelope(404, "not_found", "There is no such transaction.");
}
