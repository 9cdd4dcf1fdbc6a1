/** Scenes of the other pages, one for each state that looks different. */
import { delay, http, HttpResponse } from "msw";
import type { Transaction } from "@/lib/api";
import type { Limits } from "@/features/limits/api";
import { api, buildTransaction, envelope } from "@/test/handlers";
import type { Say } from "../say";
import { NOW, type Scene } from "./scene";
import { type Page } from "@playwright/test";

const at = (offsetS: number) => new Date(NOW + offsetS * 1000).toISOString();

const txn = (id: number, offsetS: number, changes: Partial<Transaction>) =>
  buildTransaction({
    id,
    created_at: at(offsetS),
    updated_at: at(offsetS),
    retry_after: null,
    next_poll_after: null,
    prompt_expires_at: null,
    ...changes,
  });

const SOME: Transaction[] = [
  txn(9, -1200, { status: "COMPLETED", amount: 1500, mpesa_receipt_number: "TKN4ABCDEF" }),
  txn(8, -90_000, { status: "FAILED", amount: 200, result_code: "1032" }),
  txn(7, -180_000, { amount: 150_000 }),
  txn(6, -260_000, { status: "COMPLETED", amount: 50, mpesa_receipt_number: "TKM1ZZZZZZ" }),
];

const balance = (page: Page) => page.getByTestId("balance");
const wallet = (name: string, changes: Partial<Scene> = {}): Scene => ({
  name,
  path: "/wallet",
  transactions: SOME,
  shows: balance,
  ...changes,
});

const block = (refused_by: NonNullable<Limits["refused_by"]>): Scene =>
  wallet(`wallet-${refused_by.replace("_", "-")}`, {
    answers: [
      http.get("*/api/payments/limits/", () =>
        HttpResponse.json({
          ...api.limits,
          refused_by,
          deposits_again_at: refused_by.startsWith("identity") ? null : at(3 * 86_400),
          most_now: 0,
        }),
      ),
    ],
    shows: (page) => page.locator(`[data-block=${refused_by}]`),
  });

const forever = async () => {
  await delay("infinite");
  return HttpResponse.error();
};

const WALLET: Scene[] = [
  wallet("wallet"),
  wallet("wallet-empty", { transactions: [] }),
  wallet("wallet-other-account", {
    path: "/wallet#other-account",
    shows: (page) => page.getByRole("alert").getByRole("button"),
  }),
  wallet("wallet-sandbox", { environment: "sandbox" }),
  wallet("wallet-loading", {
    answers: [http.get("*/api/wallet/", forever)],
    shows: (page, say) => page.getByRole("status").getByText(say.common("loading")),
  }),
  wallet("wallet-service-down", {
    answers: [http.get("*/api/wallet/", () => envelope(502, "api_unreachable", "Down."))],
    shows: (page, say) => page.getByText(say.common("serviceDownTitle")),
  }),
  wallet("wallet-offline", {
    answers: [http.get("*/api/wallet/", () => HttpResponse.error())],
    shows: (page, say) => page.getByText(say.common("offlineTitle")),
  }),
  wallet("wallet-stale", {
    act: async (page) => {
      await balance(page).waitFor();
      await page.route("**/api/wallet/", (route) => route.abort());
      await page.clock.setFixedTime(NOW + 60_000);
      await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    },
    shows: (page, say) => page.getByRole("button", { name: say.wallet("refresh") }),
  }),
  block("identity_needed"),
  block("identity_checking"),
  block("identity_refused"),
  block("cool_off"),
  block("limit"),
  wallet("wallet-failures-in-a-row", {
    transactions: [5, 4, 3, 2].map((id) =>
      txn(id, -60 * (9 - id), { status: "FAILED", amount: 300, result_code: "1032" }),
    ),
    shows: (page) => page.locator("summary"),
  }),
];

const h1 = (page: Page) => page.getByRole("heading", { level: 1 });
const press = async (page: Page, name: string) => {
  await page.getByRole("button", { name, exact: true }).click();
};

async function logInWith(page: Page, say: Say): Promise<void> {
  await page.getByLabel(say.auth("phone")).fill("0712345678");
  await page.getByLabel(say.password("password"), { exact: true }).fill("not-the-password");
  await press(page, say.auth("loginAction"));
}

async function askForCode(page: Page, say: Say): Promise<void> {
  await page.getByLabel(say.auth("phone")).fill("0712345678");
  await press(page, say.code("sendCode"));
  await page.getByLabel(say.code("code")).waitFor();
}

async function typeCode(page: Page, say: Say): Promise<void> {
  await askForCode(page, say);
  await page.getByLabel(say.code("code")).fill("123 456");
  await page.getByLabel(say.code("newPassword")).fill("jambo-kenya-2031");
  await press(page, say.code("saveAndLogIn"));
}

const forgot = (name: string, changes: Partial<Scene> = {}): Scene => ({
  name,
  path: "/forgot",
  signedOut: true,
  shows: h1,
  ...changes,
});

const FORGOT: Scene[] = [
  forgot("forgot"),
  forgot("forgot-no-sms", {
    answers: [
      http.post("*/api/auth/recovery/", () => envelope(503, "sms_unavailable", "No SMS now.")),
    ],
    act: async (page, say) => {
      await page.getByLabel(say.auth("phone")).fill("0712345678");
      await press(page, say.code("sendCode"));
    },
    shows: (page) => page.getByText("No SMS now."),
  }),
  forgot("forgot-new", {
    act: askForCode,
    shows: (page, say) => page.getByLabel(say.code("code")),
  }),
  forgot("forgot-new-empty", {
    act: async (page, say) => {
      await askForCode(page, say);
      await press(page, say.code("saveAndLogIn"));
    },
    shows: (page, say) => page.getByText(say.code("codeWrong")),
  }),
  forgot("forgot-code-ended", {
    answers: [
      http.post("*/api/auth/recovery/confirm/", () => envelope(410, "code_ended", "It has ended.")),
    ],
    act: typeCode,
    shows: (page, say) => page.getByRole("button", { name: say.code("sendAgain") }),
  }),
];

const BEFORE: Scene[] = [
  { name: "login", path: "/login", signedOut: true, shows: h1 },
  {
    name: "login-session-ended",
    path: "/login?next=/wallet&ended=1",
    signedOut: true,
    shows: (page, say) => page.getByText(say.auth("sessionEnded")),
  },
  {
    name: "login-empty",
    path: "/login",
    signedOut: true,
    act: (page, say) => press(page, say.auth("loginAction")),
    shows: (page, say) => page.getByText(say.auth("passwordMissing")),
  },
  {
    name: "login-refused",
    path: "/login",
    signedOut: true,
    answers: [
      http.post("*/api/auth/login/", () => envelope(401, "invalid_credentials", "Not right.")),
    ],
    act: logInWith,
    shows: (page) => page.getByText("Not right."),
  },
  {
    name: "login-busy",
    path: "/login",
    signedOut: true,
    answers: [http.post("*/api/auth/login/", forever)],
    act: logInWith,
    shows: (page, say) => page.getByText(say.auth("loginBusy")),
  },
  { name: "signup", path: "/signup", signedOut: true, shows: h1 },
  {
    name: "signup-code",
    path: "/signup",
    signedOut: true,
    answers: [
      http.post("*/api/auth/signup/code/", () =>
        HttpResponse.json({ proof: "a-handle", expires_at: at(600) }, { status: 202 }),
      ),
    ],
    act: async (page, say) => {
      await page.getByLabel(say.auth("fullName")).fill("Wanjiku Otieno");
      await page.getByLabel(say.auth("phone")).fill("0712345678");
      await page.getByLabel(say.password("password"), { exact: true }).fill("jambo-kenya-2030");
      await press(page, say.auth("signupAction"));
    },
    shows: (page, say) => page.getByLabel(say.code("code")),
  },
  {
    name: "signup-empty",
    path: "/signup",
    signedOut: true,
    act: (page, say) => press(page, say.auth("signupAction")),
    shows: (page) => page.locator("[aria-invalid=true]"),
  },
  ...FORGOT,
  { name: "not-found", path: "/no-such-page", shows: h1 },
];

export const PAGE_SCENES: Scene[] = [...BEFORE, ...WALLET];
