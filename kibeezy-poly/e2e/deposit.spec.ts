/** The deposit's ends, each as the mock gateway plays it. */
import {
  deposit,
  expect,
  expectBalance,
  logIn,
  openForm,
  readBalance,
  test,
  title,
} from "./customer";

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test("a deposit of 500 grows the balance by 500 and shows in the list", async ({ page }) => {
  const before = await readBalance(page);
  const sheet = await deposit(page, 500);

  await expect(title(page, "KSh 500 received")).toBeVisible();
  const code = sheet.getByRole("definition").nth(1);
  await expect(code).toHaveText(/^[A-Z0-9]{10}$/);
  const receipt = await code.innerText();
  await sheet.getByRole("button", { name: "Done" }).click();

  await expectBalance(page, before + 500);
  const row = page.getByRole("listitem").filter({ hasText: receipt });
  await expect(row).toContainText("+KSh 500");
  await expect(row).toContainText("Received");
});

const FAILURES = [
  { amount: 1032, name: "You cancelled the request" },
  { amount: 1037, name: "Your phone could not be reached" },
  { amount: 2001, name: "The PIN was not right" },
  { amount: 1111, name: "Not enough money in M-Pesa" },
  { amount: 1019, name: "The prompt ran out of time" },
  { amount: 1025, name: "The prompt could not be sent" },
  { amount: 9999, name: "The deposit did not go through" },
  { amount: 8006, name: "Your M-Pesa PIN is locked" },
];

for (const { amount, name } of FAILURES) {
  test(`${String(amount)} ends with "${name}" and moves no money`, async ({ page }) => {
    const before = await readBalance(page);
    const sheet = await deposit(page, amount);

    await expect(title(page, name)).toBeVisible();
    await expect(sheet.getByText("No money has moved.")).toBeVisible();
    await sheet.getByRole("button", { name: "Close" }).last().click();

    await expect(
      page.getByRole("listitem").filter({ hasText: "Not completed" }).first(),
    ).toBeVisible();
    expect(await readBalance(page)).toBe(before);
  });
}

test("a busy phone is refused at once, with the wait it needs", async ({ page }) => {
  const sheet = await deposit(page, 1001);
  await expect(sheet.getByRole("alert")).toContainText("No money has moved.");
  await expect(sheet.getByLabel("Amount in KSh")).toHaveValue(/1,?001/);
});

test("an amount outside the limits is told beside the amount", async ({ page }) => {
  const sheet = await openForm(page);
  await expect(sheet.getByText(/^From KSh 1 to/)).toBeVisible();
  await sheet.getByLabel("Amount in KSh").fill("150001");
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(sheet.getByRole("alert")).toContainText("Enter an amount from KSh 1 to KSh 150,000");
});

test("a double tap sends one request", async ({ page }) => {
  let pushes = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/stk-push/")) pushes += 1;
  });
  const sheet = await openForm(page);
  await sheet.getByLabel("Amount in KSh").fill("50");
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).dblclick();

  await expect(title(page, "KSh 50 received")).toBeVisible();
  expect(pushes).toBe(1);
});

test("Kiswahili is one tap away, remembered, and the API's too", async ({ page }) => {
  await page.getByRole("button", { name: "Kiswahili" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Miamala ya karibuni" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "sw");

  const answer = page.waitForResponse(/stk-push/);
  await page.getByRole("button", { name: "Weka pesa", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const another = sheet.getByRole("button", { name: "Anza muamala mwingine" });
  await expect(another.or(sheet.getByLabel("Kiasi kwa KSh"))).toBeVisible();
  if (await another.isVisible()) await another.click();
  await sheet.getByLabel("Kiasi kwa KSh").fill("60");
  await sheet.getByRole("button", { name: "Weka KSh 60" }).click();

  await expect(title(page, "KSh 60 imepokelewa")).toBeVisible();
  expect((await answer).request().headers()["accept-language"]).toBe("sw");
});
