/**
 * The customer of a sandbox scenario. Each scenario has its own account and phone, so that
 * scenarios can run in parallel.
 */
import { randomInt } from "node:crypto";
import type { CDPSession, Locator, Page } from "@playwright/test";
import { type Language, LANGUAGE_COOKIE } from "@/lib/language";
import { formatKes } from "@/lib/money";
import budget from "../../budget.json" with { type: "json" };
import { expect, readBalance, test as watched, title } from "../customer";
import { type Say, speak } from "../say";
import { control, countPrompts } from "./simulator";

export const PASSWORD = "jambo-kenya-2030";

const BYTES_PER_S = (budget.phone.kbps * 1000) / 8;
/**
 * 1 unless `make test-long` sets it: a slowed page keeps a core busy even while it waits, and these
 * scenarios check what the page shows, not its speed. The network is always that of the slow phone.
 */
const CPU_SLOWDOWN = Number(process.env.SANDBOX_CPU_SLOWDOWN ?? 1);

export type Customer = { msisdn: string; say: Say };

type Options = { language: Language };

export const test = watched.extend<Options & { customer: Customer }>({
  language: ["en", { option: true }],
  locale: async ({ language }, give) => give(`${language}-KE`),
  customer: async ({ page, language }, give) => {
    const msisdn = `2547${String(randomInt(10_000_000, 100_000_000))}`;
    await control("POST", "/customers", { phone: msisdn, balance: 100_000, pin: "1234" });
    await openAccount(page, msisdn, language);
    await give({ msisdn, say: speak(language) });
  },
});

export { expect, title };

async function openAccount(page: Page, msisdn: string, language: Language): Promise<void> {
  const data = { full_name: "Wanjiku Otieno", phone_number: msisdn, password: PASSWORD };
  const answer = await page.request.post("/api/auth/signup/", { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  await page.goto("/wallet");
  await expect(page.getByTestId("balance")).toHaveText("KSh 0.00");
  // The language is chosen with the page's own button, which sets the cookie, the texts and the
  // language of requests.
  if (language === "sw") await page.getByRole("button", { name: "Kiswahili" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  expect((await page.context().cookies()).some(({ name }) => name === LANGUAGE_COOKIE)).toBe(
    language === "sw",
  );
  // Only now is the phone slowed down: the first load on a slow phone is measured elsewhere
  // (e2e/measures).
  await slowDown(page);
}

/**
 * The DevTools session that slowed each page's network. Only this session can take the network
 * away: `context.setOffline` has no effect on a page that a session has slowed.
 */
const slowed = new WeakMap<Page, CDPSession>();

export async function setOffline(page: Page, offline: boolean): Promise<void> {
  await slowed.get(page)?.send("Network.emulateNetworkConditions", {
    offline,
    latency: budget.phone.rttMs,
    downloadThroughput: BYTES_PER_S,
    uploadThroughput: BYTES_PER_S,
  });
}

export async function slowDown(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  slowed.set(page, devtools);
  await devtools.send("Network.enable");
  await setOffline(page, false);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
}

/** Goes as far as the review of the amount; no push has been sent. */
export async function review(page: Page, say: Say, amount: number): Promise<Locator> {
  await page.getByRole("button", { name: say.wallet("deposit"), exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel(say.deposit("amount")).fill(String(amount));
  await sheet.locator("button[type=submit]").click();
  await expect(title(page, say.deposit("confirmTitle"))).toBeVisible();
  return sheet;
}

export function sendButton(page: Page, say: Say, amount: number): Locator {
  const name = say.deposit("submitAmount", { amount: formatKes(amount) });
  return page.getByRole("dialog").getByRole("button", { name });
}

/** Sends the reviewed deposit, and checks that the request asks for the page's language. */
export async function deposit(page: Page, say: Say, amount: number): Promise<Locator> {
  const sheet = await review(page, say, amount);
  const push = page.waitForRequest("**/stk-push/");
  await sendButton(page, say, amount).click();
  expect((await push).headers()["accept-language"]).toBe(say.language);
  return sheet;
}

/** Waits until the prompt has expired while M-PESA has not reported the outcome. */
export async function expectChecking(page: Page, say: Say): Promise<void> {
  await expect(title(page, say.deposit("checkingTitle"))).toBeVisible({ timeout: 60_000 });
}

export async function expectDone(page: Page, say: Say, amount: number): Promise<void> {
  const name = say.deposit("doneTitle", { amount: formatKes(amount) });
  await expect(title(page, name)).toBeVisible({ timeout: 60_000 });
}

/**
 * Compares what the customer paid at M-PESA, what our wallet was credited, and how many prompts
 * were sent.
 */
export async function expectMoney(
  page: Page,
  { msisdn }: Customer,
  { paid, credited, prompts }: { paid: number; credited: number; prompts: number },
): Promise<void> {
  const book = (await control("GET", `/book/${msisdn}`)) as { total: number };
  expect(book.total, "what the customer really paid").toBe(paid);
  expect(await countPrompts(msisdn), "prompts on the phone").toBe(prompts);
  const answer = await page.request.get("/api/wallet/");
  const { balance } = (await answer.json()) as { balance: string };
  expect(Number(balance), "the wallet").toBe(credited);
  await expect.poll(() => readBalance(page), "the balance on the page").toBe(credited);
}
