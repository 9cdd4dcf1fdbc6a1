/** Deposits whose end is open: nothing is lost by closing, reloading, losing the network or the session. */
import {
  deposit,
  expect,
  expectBalance,
  fillLogIn,
  logIn,
  openForm,
  readBalance,
  test,
  title,
} from "./customer";

const WAITING = /Check your phone|Confirming with M-Pesa/;

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test("an unanswered deposit stays open, survives closing and a reload, and is pinned in the list", async ({
  page,
}) => {
  const sheet = await deposit(page, 4999);
  await expect(title(page, "Check your phone")).toBeVisible();
  const code = await sheet.getByText(/^#\d+$/).innerText();

  await page.keyboard.press("Escape");
  const pill = page.getByRole("button", { name: /Deposit of KSh 4,999: confirming/ });
  await pill.click();
  await expect(title(page, WAITING)).toBeVisible();

  await page.reload();
  await expect(title(page, WAITING)).toBeVisible();
  await expect(sheet.getByText(code)).toBeVisible();

  await expect(title(page, "Confirming with M-Pesa")).toBeVisible();
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
  await expect(title(page, "Check your phone")).toBeVisible();

  // The other tab has followed by itself.
  await expect(sheet.getByText("KSh 4,999").first()).toBeVisible();
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

  await expect(title(page, "KSh 70 received")).toBeVisible();
  await expectBalance(page, before + 70);
  expect(pushes).toBe(1);
});

test("a request that never left is unclear at first, and one tap settles it", async ({ page }) => {
  const before = await readBalance(page);
  await page.route("**/stk-push/", (route) => route.abort());
  const sheet = await deposit(page, 80);
  await expect(title(page, "We are checking whether the request went out")).toBeVisible();

  await page.reload();
  await expect(title(page, "We are checking whether the request went out")).toBeVisible();
  expect(await readBalance(page)).toBe(before);

  await page.unroute("**/stk-push/");
  await sheet.getByRole("button", { name: "Check now" }).click();
  await expect(title(page, "KSh 80 received")).toBeVisible();
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
  const sheet = await openForm(page);
  await sheet.getByLabel("Amount in KSh").fill("90");
  await context.setOffline(true);
  await expect(sheet.getByRole("alert")).toContainText("Nothing was sent");
  await expect(sheet.getByRole("button", { name: /^Deposit KSh/ })).toBeDisabled();
  await context.setOffline(false);
  await expect(sheet.getByRole("button", { name: /^Deposit KSh/ })).toBeEnabled();
});

test("a backend that is down is told plainly, and the page recovers", async ({ page }) => {
  await page.route("**/api/**", (route) =>
    route.fulfill({ status: 502, body: "<html>Bad gateway</html>" }),
  );
  await page.reload();
  await expect(
    page.getByRole("alert").filter({ hasText: "We cannot reach our service" }),
  ).toBeVisible();

  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByTestId("balance")).toBeVisible();
});
