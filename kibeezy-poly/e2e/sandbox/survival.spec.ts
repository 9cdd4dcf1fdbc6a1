/** Interruptions that a deposit survives; in Kiswahili, since the mock gateway's scenarios check the same in English. */
import type { Page } from "@playwright/test";
import { formatKes } from "@/lib/money";
import type { Say } from "../say";
import {
  deposit,
  expect,
  expectChecking,
  expectDone,
  expectMoney,
  PASSWORD,
  review,
  sendButton,
  setOffline,
  slowDown,
  test,
  title,
} from "./customer";
import { answerPrompt, countPrompts, keepMpesaUnsure, letMpesaKnow } from "./simulator";

test.use({ language: "sw" });

const PAID = { paid: 610, credited: 610, prompts: 1 };

/** The prompt has been sent, and the deposit has its id. */
async function depositAsFarAsPin(page: Page, say: Say): Promise<string> {
  const sheet = await deposit(page, say, 610);
  await expect(title(page, say.deposit("pinTitle"))).toBeVisible();
  return sheet.getByText(/^#\d+$/).innerText();
}

/** Waiting for the PIN or, once the prompt has expired, for M-PESA's outcome. */
async function expectWaiting(page: Page, say: Say, code: string): Promise<void> {
  const waiting = title(page, say.deposit("pinTitle"));
  await expect(waiting.or(title(page, say.deposit("checkingTitle")))).toBeVisible();
  await expect(page.getByRole("dialog").getByText(code)).toBeVisible();
}

/** Hides the page, as M-PESA's prompt does on the same phone; a headless browser never does so itself. */
async function show(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

test("a reload while waiting leads back to the same deposit", async ({ page, customer }) => {
  const { msisdn, say } = customer;
  const code = await depositAsFarAsPin(page, say);
  await page.reload();
  await expectWaiting(page, say, code);
  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  await expectMoney(page, customer, PAID);
});

test("a browser that was killed opens on the same deposit", async ({
  page,
  customer,
  browser,
  contextOptions,
}) => {
  const { msisdn, say } = customer;
  const code = await depositAsFarAsPin(page, say);
  const storageState = await page.context().storageState();
  await page.context().close();

  const context = await browser.newContext({ ...contextOptions, storageState });
  const reopened = await context.newPage();
  await reopened.goto("/wallet");
  await slowDown(reopened);
  await expectWaiting(reopened, say, code);
  await answerPrompt(msisdn, "pin");
  await expectDone(reopened, say, 610);
  await expectMoney(reopened, customer, PAID);
  await context.close();
});

test("a page hidden behind the prompt does not poll, and shows the outcome once it is back", async ({
  page,
  customer,
}) => {
  const { msisdn, say } = customer;
  await depositAsFarAsPin(page, say);
  await show(page, "hidden");
  await answerPrompt(msisdn, "pin");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.waitForTimeout(6000);
  expect(asked).toEqual([]);

  await show(page, "visible");
  await expectDone(page, say, 610);
  await expectMoney(page, customer, PAID);
});

test("two tabs follow one deposit, and both show its outcome", async ({
  page,
  context,
  customer,
}) => {
  const { msisdn, say } = customer;
  const other = await context.newPage();
  await other.goto("/wallet");
  await expect(other.getByTestId("balance")).toBeVisible();
  await slowDown(other);
  await depositAsFarAsPin(page, say);
  const amount = formatKes(610);
  const pill = (name: "pillWaiting" | "pillDone") =>
    other.getByRole("button", { name: say.deposit(name, { amount }) });
  await expect(pill("pillWaiting")).toBeVisible();

  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  await expect(pill("pillDone")).toBeVisible();
  await expectMoney(other, customer, PAID);
});

test("a double tap is one prompt and one payment", async ({ page, customer }) => {
  const { msisdn, say } = customer;
  await review(page, say, 610);
  await sendButton(page, say, 610).dblclick();
  await expect(title(page, say.deposit("pinTitle"))).toBeVisible();
  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  await expectMoney(page, customer, PAID);
});

test("a session that ended while waiting leads through log in to the same deposit", async ({
  page,
  context,
  customer,
}) => {
  const { msisdn, say } = customer;
  const code = await depositAsFarAsPin(page, say);
  await context.clearCookies({ name: "sessionid" });
  await expect(page).toHaveURL(/\/login\?next=\/wallet&ended=1/);
  await page.getByLabel(say.auth("phone")).fill(msisdn);
  await page.getByLabel(say.password("password"), { exact: true }).fill(PASSWORD);
  await page.locator("form button[type=submit]").click();

  await expectWaiting(page, say, code);
  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  await expectMoney(page, customer, PAID);
});

test("the network breaks off while sending: the request is found, not sent again", async ({
  page,
  customer,
}) => {
  const { msisdn, say } = customer;
  await page.route("**/stk-push/", async (route) => {
    await route.fetch();
    await setOffline(page, true);
    await route.abort("internetdisconnected");
  });
  const sheet = await deposit(page, say, 610);
  await expect(title(page, say.deposit("unclearTitle"))).toBeVisible();
  await expect(
    sheet.getByText(say.unclear("unclearMoney", { amount: formatKes(610) })),
  ).toBeVisible();
  await expect(sheet.getByText(say.unclear("unclearNow"))).toBeVisible();
  expect(await countPrompts(msisdn)).toBe(1);

  await setOffline(page, false);
  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  await expectMoney(page, customer, PAID);
});

test("a request that never left is sent once, with the same key", async ({ page, customer }) => {
  const { msisdn, say } = customer;
  const keys = new Set<string | undefined>();
  page.on("request", (request) => {
    if (request.url().endsWith("/stk-push/")) keys.add(request.headers()["idempotency-key"]);
  });
  await page.route("**/stk-push/", (route) => route.abort());
  const sheet = await deposit(page, say, 610);
  await expect(title(page, say.deposit("unclearTitle"))).toBeVisible();
  expect(await countPrompts(msisdn)).toBe(0);

  await page.unroute("**/stk-push/");
  await sheet.getByRole("button", { name: say.deposit("checkNow") }).click();
  await answerPrompt(msisdn, "pin");
  await expectDone(page, say, 610);
  expect([...keys]).toEqual([expect.stringMatching(/^\S{16,}$/)]);
  await expectMoney(page, customer, PAID);
});

test("another deposit beside one that is still open: both are paid, added and shown", async ({
  page,
  customer,
}) => {
  const { msisdn, say } = customer;
  await keepMpesaUnsure(msisdn);
  const code = await depositAsFarAsPin(page, say);
  await answerPrompt(msisdn, "pin");
  const sheet = page.getByRole("dialog");
  await expectChecking(page, say);
  await sheet.getByRole("button", { name: say.deposit("startAnother") }).click();
  await sheet.getByLabel(say.deposit("amount")).fill("620");
  await sheet.locator("button[type=submit]").click();
  await sendButton(page, say, 620).click();
  await letMpesaKnow(msisdn);
  await answerPrompt(msisdn, "pin");

  await expectDone(page, say, 620);
  const earlier = { id: code.slice(1), amount: formatKes(610) };
  const both = sheet.getByText(say.deposit("earlierCOMPLETED", earlier)).first();
  await expect(both).toBeVisible({ timeout: 60_000 });
  await expectMoney(page, customer, { paid: 1230, credited: 1230, prompts: 2 });
});
