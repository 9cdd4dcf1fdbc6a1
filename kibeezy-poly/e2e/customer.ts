/**
 * Steps of a customer, shared by the scenarios. Each scenario fails on an error in the console,
 * such as a violation of the Content-Security-Policy.
 */
import { test as base, expect, type Locator, type Page } from "@playwright/test";

export const PHONE = "0712345678";
export const PASSWORD = process.env.DEMO_PASSWORD ?? "kibeezy-demo";

export const test = base.extend<{ faults: string[] }>({
  faults: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => {
        // The browser logs each failed request as an error. Scenarios cause failed requests on
        // purpose, so these are ignored.
        const isOwn = !message.text().startsWith("Failed to load resource");
        if (message.type() === "error" && isOwn) faults.push(message.text());
      });
      await use(faults);
      expect(faults, "errors on the page, its policy's included").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function logIn(page: Page): Promise<void> {
  await page.goto("/login");
  await fillLogIn(page);
  await expect(page.getByTestId("balance")).toBeVisible();
}

export async function fillLogIn(page: Page): Promise<void> {
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Signs up a new customer, for scenarios that change the customer's data. */
export async function signUp(page: Page): Promise<void> {
  await page.goto("/signup");
  await page.getByLabel("Full name").fill("Wanjiku Otieno");
  await page.getByLabel("Phone number").fill(`07${String(Date.now()).slice(-8)}`);
  await page.getByLabel("Password", { exact: true }).fill("jambo-kenya-2030");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByTestId("balance")).toBeVisible();
}

/**
 * Opens the amount form, also when the sheet shows an earlier scenario's deposit without an
 * outcome.
 */
export async function openForm(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const another = sheet.getByRole("button", { name: "Start another deposit" });
  const amount = sheet.getByLabel("Amount in KSh");
  await expect(another.or(amount)).toBeVisible();
  if (await another.isVisible()) await another.click();
  await expect(amount).toBeVisible();
  return sheet;
}

/** Goes as far as the review of the amount; no push has been sent. */
export async function review(page: Page, amount: number): Promise<Locator> {
  const sheet = await openForm(page);
  await sheet.getByLabel("Amount in KSh").fill(String(amount));
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await expect(title(page, "You are about to deposit")).toBeVisible();
  return sheet;
}

export async function deposit(page: Page, amount: number): Promise<Locator> {
  const sheet = await review(page, amount);
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  return sheet;
}

export async function readBalance(page: Page): Promise<number> {
  // Also behind an open sheet, where it has no rendered text.
  const text = (await page.getByTestId("balance").textContent()) ?? "";
  return Number(text.replace(/[^0-9.]/g, ""));
}

export function title(page: Page, name: string | RegExp): Locator {
  return page.getByRole("dialog").getByRole("heading", { name });
}

export async function expectBalance(page: Page, balance: number): Promise<void> {
  await expect.poll(() => readBalance(page)).toBe(balance);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
}
