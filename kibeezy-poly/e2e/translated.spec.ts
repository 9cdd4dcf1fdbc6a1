/** The page while the browser translates it: nothing breaks, and amounts and codes stay. */
import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./customer";
import { translate } from "./translator";

const translated = (page: Page) => page.locator("html[data-translated=yes]");

test("every page can be opened, and changes its language", async ({ page }) => {
  await logIn(page);
  await translate(page);
  await page.goto("/wallet");
  await expect(translated(page)).toBeAttached();
  for (const path of ["/deposits", "/account", "/limits", "/account", "/identity", "/wallet"]) {
    await page.locator(`a[href="${path}"]`).first().click();
    await expect(page).toHaveURL(path);
    await expect(page.locator(".skeleton")).toHaveCount(0);
    await expect(page.locator("h1 font, h2 font").first()).toBeAttached();
  }
  await page.getByRole("button", { name: "«Kiswahili»" }).click();
  await expect(page.getByRole("heading", { name: "«Salio»" })).toBeVisible();
  await page.getByRole("button", { name: "«English»" }).click();
  await expect(page.getByRole("heading", { name: "«Balance»" })).toBeVisible();
});

for (const amount of [500, 1032]) {
  test(`a deposit of ${String(amount)} goes from the amount to its end and back`, async ({
    page,
  }) => {
    await logIn(page);
    await translate(page);
    await page.goto("/wallet");
    await expect(translated(page)).toBeAttached();

    await page.getByRole("button", { name: "«Deposit»", exact: true }).click();
    const sheet = page.getByRole("dialog");
    const another = sheet.getByRole("button", { name: "«Start another deposit»" });
    const field = sheet.locator("input[inputmode]");
    await expect(another.or(field)).toBeVisible();
    if (await another.isVisible()) await another.click();
    await field.fill(String(amount));
    await sheet.getByRole("button", { name: /^«Continue/ }).click();
    await sheet.getByRole("button", { name: /^«Deposit KSh/ }).click();

    const isPaid = amount === 500;
    const heading = isPaid ? "«KSh 500 added»" : "«The request was cancelled»";
    await expect(sheet.getByRole("heading", { name: heading })).toBeVisible();
    if (isPaid) {
      const code = sheet.getByRole("definition").filter({ hasText: /^[A-Z0-9]{10}$/ });
      await expect(code).toBeVisible();
      await expect(
        sheet
          .getByRole("definition")
          .filter({ hasText: /^KSh\s500$/ })
          .first(),
      ).toBeVisible();
      await sheet.getByRole("button", { name: "«Done»" }).click();
    } else await page.keyboard.press("Escape");

    const row = page.locator(`[data-status=${isPaid ? "COMPLETED" : "FAILED"}]`).first();
    await row.getByRole("link").click();
    await expect(page).toHaveURL(/\/deposits\/\d+$/);
    await expect(page.locator(".figure")).toHaveText(/^KSh\s[\d,]+$/);
    await page.goBack();
    await expect(page.getByTestId("balance")).toHaveText(/^KSh\s[\d,.]+$/);
  });
}
