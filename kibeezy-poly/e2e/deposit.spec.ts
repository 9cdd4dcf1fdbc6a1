/** The outcomes of a deposit, as the mock gateway produces them. */
import {
  deposit,
  expect,
  expectBalance,
  logIn,
  openForm,
  readBalance,
  review,
  test,
  title,
} from "./customer";

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test("a deposit of 500 grows the balance by 500 and shows in the list", async ({ page }) => {
  const before = await readBalance(page);
  const sheet = await deposit(page, 500);

  await expect(title(page, "KSh 500 added")).toBeVisible();
  const code = sheet.getByRole("definition").nth(1);
  await expect(code).toHaveText(/^[A-Z0-9]{10}$/);
  const receipt = await code.innerText();
  await sheet.getByRole("button", { name: "Done" }).click();

  await expectBalance(page, before + 500);
  const row = page.getByRole("listitem").filter({ hasText: "From M\u2011PESA" }).first();
  await expect(row).toContainText("+KSh 500");
  await expect(row).toContainText("Added");
  await row.getByRole("link").click();
  await expect(page.getByText(receipt).first()).toBeVisible();
});

const FAILURES = [
  { amount: 1032, name: "The request was cancelled" },
  { amount: 1037, name: "We could not reach your phone" },
  { amount: 2001, name: "The PIN was not right" },
  { amount: 1111, name: "Not enough money in M\u2011PESA" },
  { amount: 1019, name: "Time ran out" },
  { amount: 1025, name: "The prompt could not be sent" },
  { amount: 9999, name: "The deposit did not go through" },
  { amount: 8006, name: "Your M\u2011PESA PIN is locked" },
];

// A later query may contradict these, so no sentence denies that money moved.
const UNCERTAIN = new Set([1019, 1037, 9999]);

for (const { amount, name } of FAILURES) {
  test(`${String(amount)} ends with "${name}" and credits nothing`, async ({ page }) => {
    const before = await readBalance(page);
    const sheet = await deposit(page, amount);

    await expect(title(page, name)).toBeVisible();
    const isUncertain = UNCERTAIN.has(amount);
    await expect(sheet.getByText(/[Nn]o money/)).toHaveCount(isUncertain ? 0 : 1);
    await expect(sheet.getByText(/If (M\u2011PESA took money|money was taken)/)).toHaveCount(
      isUncertain ? 1 : 0,
    );
    await sheet.getByRole("button", { name: "Close" }).last().click();

    await expect(
      page.getByRole("listitem").filter({ hasText: "Not completed" }).first(),
    ).toBeVisible();
    expect(await readBalance(page)).toBe(before);
  });
}

test("the review shows who pays what before anything is sent", async ({ page }) => {
  let pushes = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/stk-push/")) pushes += 1;
  });
  const sheet = await review(page, 1500);
  await expect(sheet.getByText("KSh 1,500").first()).toBeVisible();
  await expect(sheet.getByRole("definition")).toHaveText(["0712\u00a0345\u00a0678", "Free"]);
  expect(pushes).toBe(0);

  // A reload leads back to it, and closing it forgets it.
  await page.reload();
  await expect(title(page, "You are about to deposit")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByTestId("balance")).toBeVisible();
  await expect(sheet).toBeHidden();
  expect(pushes).toBe(0);
});

test("after a failure one tap leads to a review, and another to a new prompt", async ({ page }) => {
  const sheet = await deposit(page, 1032);
  await sheet.getByRole("button", { name: "Try again" }).click();
  await expect(title(page, "You are about to deposit")).toBeVisible();
  await sheet.getByRole("button", { name: "Change amount" }).click();
  await sheet.getByLabel("Amount in KSh").fill("55");
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 55 added")).toBeVisible();
  await expect(sheet.getByText(/KSh\s1,032: not completed/)).toBeVisible();
});

test("too little money in M-PESA offers smaller amounts", async ({ page }) => {
  const sheet = await deposit(page, 1111);
  await sheet.getByRole("button", { name: "KSh 1,000" }).click();
  await expect(title(page, "You are about to deposit")).toBeVisible();
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 1,000 added")).toBeVisible();
});

test("a busy phone is refused at once, with the wait it needs", async ({ page }) => {
  const sheet = await deposit(page, 1001);
  await expect(title(page, "Another M\u2011PESA request is open")).toBeVisible();
  await expect(sheet.getByText(/Nothing was charged|No money left your M\u2011PESA/)).toHaveCount(
    1,
  );
  // Disabled for now, in its place, with the time left.
  const again = sheet.getByRole("button", { name: "Try again" });
  await expect(again).toHaveAttribute("aria-disabled", "true");
  await expect(again).toContainText(/in \d:\d\d/);
});

test("an amount outside the limits is refused beside the amount", async ({ page }) => {
  const sheet = await openForm(page);
  await expect(sheet.getByText(/^From KSh\s1 to/)).toBeVisible();
  await sheet.getByLabel("Amount in KSh").fill("150001");
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await expect(sheet.getByRole("alert")).toContainText("Enter an amount from KSh 1 to KSh 150,000");
});

test("a double tap sends one request", async ({ page }) => {
  let pushes = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/stk-push/")) pushes += 1;
  });
  const sheet = await review(page, 50);
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).dblclick();

  await expect(title(page, "KSh 50 added")).toBeVisible();
  expect(pushes).toBe(1);
});

test("Kiswahili is one tap away, remembered, and the API's too", async ({ page }) => {
  await page.getByRole("button", { name: "Kiswahili" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Miamala" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "sw");

  const answer = page.waitForResponse(/stk-push/);
  await page.getByRole("button", { name: "Weka pesa", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const another = sheet.getByRole("button", { name: "Anza muamala mwingine" });
  await expect(another.or(sheet.getByLabel("Kiasi kwa KSh"))).toBeVisible();
  if (await another.isVisible()) await another.click();
  await sheet.getByLabel("Kiasi kwa KSh").fill("60");
  await sheet.getByRole("button", { name: /^Endelea/ }).click();
  await sheet.getByRole("button", { name: "Weka KSh 60" }).click();

  await expect(title(page, "KSh 60 imeingia")).toBeVisible();
  expect((await answer).request().headers()["accept-language"]).toBe("sw");
});
