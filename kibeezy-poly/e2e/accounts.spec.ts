/** Two customers in two tabs of one browser: what one tab shows is what it acts on. */
import type { Page } from "@playwright/test";
import {
  expect,
  expectBalance,
  openForm,
  PASSWORD,
  PHONE,
  readBalance,
  review,
  signUp,
  test,
} from "./customer";

/** Logs the demo customer in in this tab by the log-in page, while another account is signed in. */
async function logInHere(page: Page) {
  await page.goto("/login");
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByTestId("balance")).toBeVisible();
}

const notice = (page: Page) =>
  page.getByRole("alert").filter({ hasText: "Another account has logged in" });

/** Keeps this tab from hearing what the other tabs announce, as a sleeping tab is. */
async function deafen(page: Page) {
  await page.addInitScript(() => {
    window.addEventListener(
      "storage",
      (event) => {
        event.stopImmediatePropagation();
      },
      { capture: true },
    );
  });
}

test("a review that is open in another tab sends nothing to the new account's phone", async ({
  page,
  context,
}) => {
  await deafen(page);
  // A new customer cannot deposit, so the review is the demo customer's.
  await logInHere(page);
  const sheet = await review(page, 700);

  const other = await context.newPage();
  await signUp(other);
  const before = await readBalance(other);
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();

  await expect(notice(page)).toBeVisible();
  await expect(page).toHaveURL("/wallet");
  await expectBalance(page, before);
  await expect(page.getByRole("dialog")).toBeHidden();
  await other.reload();
  await expectBalance(other, before);

  await notice(page).getByRole("button", { name: "Close" }).click();
  await page.reload();
  await expect(page.getByTestId("balance")).toBeVisible();
  await expect(notice(page)).toBeHidden();
});

test("another tab learns of a log-in and of a log-out at once", async ({ page, context }) => {
  await logInHere(page);
  await openForm(page);
  const other = await context.newPage();
  await signUp(other);
  await expect(notice(page)).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();

  await other.getByRole("link", { name: "Account" }).click();
  await other.getByRole("button", { name: "Log out" }).click();
  await expect(other).toHaveURL(/\/login/);
  await expect(page).toHaveURL(/\/login/);
});
