/** Scenes of every state of a deposit: the compiler rejects a state without a scene. */
import { delay, http, HttpResponse } from "msw";
import type { DepositState } from "@/features/deposit/states";
import type { StoredDeposit } from "@/features/deposit/persist";
import { findOutcome, findRejection, getTitle } from "@/features/deposit/resultMessages";
import type { Transaction } from "@/lib/api";
import { fill } from "@/lib/text";
import { api, buildTransaction, envelope } from "@/test/handlers";
import type { Say } from "../say";
import { NOW, type Scene } from "./scene";
import { type Page } from "@playwright/test";

const at = (offsetS: number) => new Date(NOW + offsetS * 1000).toISOString();
const ID = 41;

const sheetTitle = (name: (say: Say) => string) => (page: Page, say: Say) =>
  page.getByRole("dialog").getByRole("heading", { name: name(say) });

function transaction(changes: Partial<Transaction>): Transaction {
  return buildTransaction({
    id: ID,
    created_at: at(-20),
    updated_at: at(-20),
    prompt_expires_at: null,
    customer_message: "",
    ...changes,
  });
}

const stored = (changes: Partial<StoredDeposit> = {}): StoredDeposit => ({
  key: "a-deposit-of-the-scenes",
  amount: 500,
  startedAt: at(-20),
  newestIdBefore: 0,
  sent: true,
  transactionId: ID,
  minimised: false,
  earlier: [],
  ...changes,
});

/**
 * A scene with a deposit that the server has and the device has stored, so that the sheet opens on
 * it.
 */
function known(name: string, changes: Partial<Transaction>): Omit<Scene, "shows"> {
  return { name, path: "/wallet", transactions: [transaction(changes)], stored: stored() };
}

async function openForm(page: Page, say: Say): Promise<void> {
  await page.getByRole("button", { name: say.wallet("deposit"), exact: true }).click();
  await page.getByLabel(say.deposit("amount")).waitFor();
}

async function review(page: Page, say: Say): Promise<void> {
  await openForm(page, say);
  await page.getByLabel(say.deposit("amount")).fill("500");
  await page.getByRole("dialog").locator("button[type=submit]").click();
  await sheetTitle((words) => words.deposit("confirmTitle"))(page, say).waitFor();
}

async function send(page: Page, say: Say): Promise<void> {
  await review(page, say);
  const name = say.deposit("submitAmount", { amount: "KSh 500" }).replace(/\s/g, "\\s");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .click();
}

const form = (name: string, changes: Partial<Scene> = {}): Scene => ({
  name,
  path: "/wallet",
  act: openForm,
  shows: sheetTitle((say) => say.deposit("formTitle")),
  ...changes,
});

const push = (answer: () => Response | Promise<Response>) => [
  http.post("*/api/payments/stk-push/", answer),
];

/** Answers with the customer's own limits; the daily cap leaves the smallest remaining allowance. */
const OWN_CAPS = http.get("*/api/payments/limits/", () =>
  HttpResponse.json({
    ...api.limits,
    most_now: 300,
    own_daily_limit: 1000,
    used_today: 700,
    remaining_today: 300,
    weekly_limit: 5000,
    remaining_this_week: 4300,
  }),
);

const refused = (code: string, status: number, extra = {}): Scene => ({
  name: `refused-${code.replaceAll("_", "-")}`,
  path: "/wallet",
  answers: push(() =>
    envelope(status, code, "", { customer_message: null, money: "not_moved", ...extra }),
  ),
  act: send,
  shows: sheetTitle((say) => fill(getTitle(findRejection(code)), say.language)),
});

const withOwnCaps = (scene: Scene): Scene => ({
  ...scene,
  answers: [...(scene.answers ?? []), OWN_CAPS],
});

const REFUSED: Scene[] = [
  refused("subscriber_busy", 409, { retry_after: 60 }),
  refused("mpesa_rejected", 502),
  refused("kyc_required", 403),
  refused("account_blocked", 403),
  refused("invalid_phone_number", 400),
  refused("self_excluded", 403, { retry_after: 86_400 }),
  refused("risk_denied", 403),
  refused("risk_review", 403),
  refused("limit_exceeded", 429, { retry_after: 3600 }),
  refused("rate_limited", 429, { retry_after: 45 }),
  refused("api_unreachable", 502),
];

const EDITING: Scene[] = [
  form("form-empty"),
  form("form-amount", {
    act: async (page, say) => {
      await openForm(page, say);
      await page.getByRole("radio", { name: "KSh 1,000" }).check();
    },
  }),
  withOwnCaps(form("form-own-caps")),
  form("form-amount-missing", {
    act: async (page, say) => {
      await openForm(page, say);
      await page.getByRole("dialog").locator("button[type=submit]").click();
    },
    shows: (page, say) => page.getByRole("dialog").getByText(say.deposit("amountMissing")),
  }),
  form("form-amount-outside", {
    act: async (page, say) => {
      await openForm(page, say);
      await page.getByLabel(say.deposit("amount")).fill("150001");
      await page.getByRole("dialog").locator("button[type=submit]").click();
    },
    shows: (page) => page.getByRole("dialog").getByRole("alert"),
  }),
  withOwnCaps(
    form("form-over-limit", {
      act: async (page, say) => {
        await openForm(page, say);
        await page.getByRole("radio", { name: "KSh 500" }).and(page.locator(":disabled")).waitFor();
        await page.getByLabel(say.deposit("amount")).fill("900");
        await page.getByRole("dialog").locator("button[type=submit]").click();
      },
      shows: (page) => page.getByRole("dialog").getByRole("alert"),
    }),
  ),
  form("form-offline", {
    act: async (page, say) => {
      await openForm(page, say);
      await page.context().setOffline(true);
    },
    shows: (page, say) => page.getByRole("dialog").getByText(say.deposit("offlineForm")),
  }),
];

const unclear = (name: string, answer: () => Response | Promise<Response>): Scene => ({
  name,
  path: "/wallet",
  answers: push(answer),
  act: send,
  shows: sheetTitle((say) => say.deposit("unclearTitle")),
});

const CODES = [
  ...["1", "2", "3", "4", "8", "17", "26", "1001", "1019", "1025", "1032", "1037", "2001", "2006"],
  "8006",
];

function failed(resultCode: string | null, changes: Partial<Transaction> = {}): Scene {
  const scene = known(`failed-${resultCode ?? "unknown"}${changes.retry_after ? "-wait" : ""}`, {
    status: "FAILED",
    result_code: resultCode,
    retry_after: null,
    ...changes,
  });
  const title = (say: Say) => fill(getTitle(findOutcome(resultCode)), say.language);
  return { ...scene, shows: sheetTitle(title) };
}

export const DEPOSIT_SCENES: Record<DepositState["kind"], Scene[]> = {
  editing: EDITING,
  confirming: [
    {
      name: "confirming",
      path: "/wallet",
      act: review,
      shows: sheetTitle((say) => say.deposit("confirmTitle")),
    },
  ],
  refused: REFUSED,
  providerDown: [
    {
      name: "provider-down",
      path: "/wallet",
      answers: push(() =>
        envelope(503, "mpesa_unavailable", "", { retry_after: 30, money: "not_moved" }),
      ),
      act: send,
      shows: sheetTitle((say) => say.deposit("downTitle")),
    },
  ],
  sending: [
    {
      name: "sending",
      path: "/wallet",
      answers: push(async () => {
        await delay("infinite");
        return HttpResponse.error();
      }),
      act: send,
      shows: sheetTitle((say) => say.deposit("sendingTitle")),
    },
  ],
  sendUnclear: [
    unclear("unclear-offline", () => HttpResponse.error()),
    unclear("unclear-no-answer", () => new HttpResponse("<html>502</html>", { status: 502 })),
    unclear("unclear-still-starting", () =>
      envelope(409, "idempotency_in_progress", "Under way.", { retry_after: 8, money: "unknown" }),
    ),
    {
      name: "unclear-interrupted",
      path: "/wallet",
      stored: stored({ transactionId: null }),
      shows: sheetTitle((say) => say.deposit("unclearTitle")),
    },
    {
      name: "unclear-not-gone-out",
      path: "/wallet",
      stored: stored({ transactionId: null, startedAt: at(-300) }),
      shows: sheetTitle((say) => say.deposit("missingTitle")),
    },
  ],
  awaitingPin: [
    {
      ...known("awaiting-pin", { prompt_expires_at: at(48), next_poll_after: 30 }),
      shows: sheetTitle((say) => say.deposit("pinTitle")),
    },
    {
      ...known("awaiting-pin-offline", { prompt_expires_at: at(48), next_poll_after: 0.5 }),
      act: async (page, say) => {
        await sheetTitle((words) => words.deposit("pinTitle"))(page, say).waitFor();
        await page.route("**/status/", (route) => route.abort());
      },
      shows: (page) => page.getByRole("dialog").getByText(/11:41/),
    },
    {
      ...known("awaiting-pin-service-away", { prompt_expires_at: at(48), next_poll_after: 0.5 }),
      act: async (page, say) => {
        await sheetTitle((words) => words.deposit("pinTitle"))(page, say).waitFor();
        await page.route("**/status/", (route) => route.fulfill({ status: 502, json: {} }));
      },
      shows: (page) => page.getByRole("dialog").getByText(/11:41/),
    },
  ],
  checking: [
    {
      ...known("checking", { next_poll_after: 30, retry_after: 40 }),
      shows: sheetTitle((say) => say.deposit("checkingTitle")),
    },
    {
      ...known("still-confirming", {
        next_poll_after: 30,
        retry_after: null,
        created_at: at(-400),
      }),
      stored: stored({ startedAt: at(-400) }),
      shows: sheetTitle((say) => say.deposit("lateTitle")),
    },
  ],
  underReview: [
    {
      ...known("under-review", { next_poll_after: null, created_at: at(-400) }),
      stored: stored({ startedAt: at(-400) }),
      shows: sheetTitle((say) => say.deposit("reviewTitle")),
    },
  ],
  succeeded: [
    {
      ...known("succeeded", {
        status: "COMPLETED",
        result_code: "0",
        mpesa_receipt_number: "TKN4ABCDEF",
        completed_at: at(-5),
        retry_after: null,
      }),
      shows: (page) => page.getByRole("dialog").getByText("TKN4ABCDEF"),
    },
    {
      ...known("succeeded-code-later", {
        status: "COMPLETED",
        result_code: "0",
        completed_at: at(-5),
        retry_after: null,
      }),
      shows: (page, say) => page.getByRole("dialog").getByText(say.deposit("doneCodeLater")),
    },
  ],
  failed: [...CODES.map((code) => failed(code)), failed(null), failed("1032", { retry_after: 48 })],
};

const aside = (name: string, changes: Partial<Transaction>): Scene => ({
  ...known(name, changes),
  stored: stored({ minimised: true }),
  shows: (page, say) => page.getByRole("button", { name: new RegExp(say.deposit("pillOpen")) }),
});

/** The minimised deposit: the sheet is closed, and the page shows its pill. */
export const PILL_SCENES: Scene[] = [
  aside("pill-confirming", { next_poll_after: 30, retry_after: 40 }),
  aside("pill-received", {
    status: "COMPLETED",
    result_code: "0",
    mpesa_receipt_number: "TKN4ABCDEF",
    retry_after: null,
  }),
  aside("pill-not-completed", { status: "FAILED", result_code: "1032", retry_after: null }),
];
