/** Deposits whose outcome is open: closing, a reload, a lost network or session lose nothing. */
import {
  deposit,
  expect,
  expectBalance,
  fillLogIn,
  logIn,
  openForm,
  readBalance,
  review,
  test,
  title,
} from "./customer";
import { relay, startPage } from "./relays";

const API = process.env.API_ORIGIN ?? "http://127.0.0.1:8000";
const WAITING = /Enter your M\u2011PESA PIN|Confirming with M\u2011PESA/;

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test("an unanswered deposit stays open, survives closing and a reload, and is pinned in the list", async ({
  page,
}) => {
  const sheet = await deposit(page, 4999);
  await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();
  const code = await sheet.getByText(/^#\d+$/).innerText();

  await page.keyboard.press("Escape");
  const pill = page.getByRole("button", { name: /Deposit of KSh\s4,999: confirming/ });
  await pill.click();
  await expect(title(page, WAITING)).toBeVisible();

  await page.reload();
  await expect(title(page, WAITING)).toBeVisible();
  await expect(sheet.getByText(code)).toBeVisible();

  await expect(title(page, "Confirming with M\u2011PESA")).toBeVisible();
  await expect(sheet.getByText(/Do not pay again/)).toBeVisible();
  await page.keyboard.press("Escape");
  const rows = page.getByRole("main").getByRole("listitem");
  await expect(rows.first()).toContainText("Confirming");

  await page.reload();
  await expect(pill).toBeVisible();
  await expect(sheet).toBeHidden();
});

test("a second deposit while a prompt is open leads to the first", async ({ page, context }) => {
  const other = await context.newPage();
  await other.goto("/wallet");
  const sheet = await openForm(other);
  await deposit(page, 4999);
  await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();

  // The other tab follows automatically.
  await expect(sheet.getByText("KSh 4,999").first()).toBeVisible();
});

test("of two tabs on one deposit one polls, and both show the outcome", async ({
  page,
  context,
}) => {
  const other = await context.newPage();
  await other.goto("/wallet");
  await expect(other.getByTestId("balance")).toBeVisible();
  await deposit(page, 4999);
  await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();
  const pill = other.getByRole("button", { name: /Deposit of KSh\s4,999: confirming/ });
  await expect(pill).toBeVisible();

  const asked = { page: 0, other: 0 };
  page.on("request", (request) => (asked.page += request.url().endsWith("/status/") ? 1 : 0));
  other.on("request", (request) => (asked.other += request.url().endsWith("/status/") ? 1 : 0));
  await expect(title(page, "Confirming with M\u2011PESA")).toBeVisible();
  await expect.poll(() => asked.page + asked.other, { timeout: 30_000 }).toBeGreaterThan(2);
  expect(Math.min(asked.page, asked.other)).toBeLessThanOrEqual(1);
});

test("a second deposit is a separate one, and both are shown", async ({ page }) => {
  const sheet = await deposit(page, 4999);
  const code = await sheet.getByText(/^#\d+$/).innerText();
  await expect(title(page, "Confirming with M\u2011PESA")).toBeVisible();
  await sheet.getByRole("button", { name: "Start another deposit" }).click();
  await sheet.getByLabel("Amount in KSh").fill("65");
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 65 added")).toBeVisible();
  await expect(sheet.getByText(`${code}, KSh 4,999: still confirming`)).toBeVisible();

  // Closing the receipt of the other does not forget the open one.
  await sheet.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: /Deposit of KSh\s4,999/ })).toBeVisible();
});

test("while M-PESA is down no prompt is sent, and the page tells when it works again", async ({
  page,
}) => {
  let pushes = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/stk-push/")) pushes += 1;
  });
  const providerStatus = { typical_seconds: null, slow_seconds: null, confirmations: 0 };
  await page.route("**/weather/", (route) =>
    route.fulfill({ json: { ...providerStatus, state: "down" } }),
  );
  const sheet = await openForm(page);
  await sheet.getByLabel("Amount in KSh").fill("75");
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await expect(title(page, "M\u2011PESA is slow")).toBeVisible();
  await sheet.getByRole("button", { name: "Tell me when M\u2011PESA is back" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /waiting for M\u2011PESA/ })).toBeVisible();

  await page.unroute("**/weather/");
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await page.getByRole("button", { name: /M\u2011PESA works again/ }).click();
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  expect(pushes).toBe(0);
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 75 added")).toBeVisible();
});

test("a session that ended before sending leads back to the same review", async ({
  page,
  context,
}) => {
  const sheet = await review(page, 85);
  await context.clearCookies({ name: "sessionid" });
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(page).toHaveURL(/\/login\?next=\/wallet&ended=1/);
  await fillLogIn(page);
  await expect(title(page, "You are about to deposit")).toBeVisible();
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 85 added")).toBeVisible();
});

test("a lost answer is found on the list and never sent again", async ({ page }) => {
  const before = await readBalance(page);
  let pushes = 0;
  await page.route("**/stk-push/", async (route) => {
    pushes += 1;
    await route.fetch();
    await route.abort();
  });
  await deposit(page, 70);

  await expect(title(page, "KSh 70 added")).toBeVisible();
  await expectBalance(page, before + 70);
  expect(pushes).toBe(1);
});

test("a request that never left is unclear at first, and is sent on a tap", async ({ page }) => {
  const before = await readBalance(page);
  await page.route("**/stk-push/", (route) => route.abort());
  const sheet = await deposit(page, 80);
  await expect(title(page, "We are checking whether the request was sent")).toBeVisible();

  await page.reload();
  await expect(title(page, "We are checking whether the request was sent")).toBeVisible();
  expect(await readBalance(page)).toBe(before);

  await page.unroute("**/stk-push/");
  await sheet.getByRole("button", { name: "Check now" }).click();
  await expect(title(page, "KSh 80 added")).toBeVisible();
  await expectBalance(page, before + 80);
});

test("an ended session leads through log in back to the same deposit", async ({
  page,
  context,
}) => {
  const sheet = await deposit(page, 4999);
  await expect(title(page, WAITING)).toBeVisible();
  const code = await sheet.getByText(/^#\d+$/).innerText();

  await context.clearCookies({ name: "sessionid" });
  await expect(page).toHaveURL(/\/login\?next=\/wallet&ended=1/);
  await expect(page.getByText(/Your session ended/)).toBeVisible();
  await fillLogIn(page);

  await expect(title(page, WAITING)).toBeVisible();
  await expect(sheet.getByText(code)).toBeVisible();
});

test("without network nothing can be sent, and the form says so", async ({ page, context }) => {
  const sheet = await review(page, 90);
  await context.setOffline(true);
  await expect(sheet.getByRole("alert")).toContainText("Nothing was sent");
  await expect(sheet.getByRole("button", { name: /^Deposit KSh/ })).toBeDisabled();
  await context.setOffline(false);
  await expect(sheet.getByRole("button", { name: /^Deposit KSh/ })).toBeEnabled();
});

test("a backend that is down is shown as such, and the page recovers", async ({ browser }) => {
  let isDown = false;
  // The page's server and the browser both read from it.
  const api = await relay(API, { isDown: () => isDown });
  const server = await startPage(api.origin);
  const context = await browser.newContext({ baseURL: server.origin });
  try {
    const page = await context.newPage();
    await logIn(page);
    isDown = true;
    await page.reload();
    await expect(
      page.getByRole("alert").filter({ hasText: "We cannot reach our service" }),
    ).toBeVisible();

    isDown = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByTestId("balance")).toBeVisible();
  } finally {
    await context.close();
    server.close();
    api.close();
  }
});
