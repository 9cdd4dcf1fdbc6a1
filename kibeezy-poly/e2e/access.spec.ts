/** Keyboard only, log in and sign up, the first view of the wallet. states/ checks each state with axe. */
import type { Locator } from "@playwright/test";
import { expectAccessible } from "./access";
import { expect, PASSWORD, PHONE, signUp, test, title } from "./customer";

test("a visitor is led from the wallet to log in", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/login\?next=\/wallet$/);
});

test("a wrong password is refused without telling whether the number exists", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill("not-the-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").first()).not.toBeEmpty();
  await expect(page).toHaveURL(/\/login/);
});

test("input typed before the page's code has loaded is sent", async ({ page }) => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/_next/static/**/*.js", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  release?.();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByTestId("balance")).toBeVisible();
});

test("a new customer signs up and sees an empty wallet", async ({ page }) => {
  await signUp(page);
  await expect(page.getByTestId("balance")).toHaveText("KSh 0.00");
  await expect(page.getByRole("heading", { name: "How it works" })).toBeVisible();
  await expectAccessible(page);
});

test("everything works by keyboard alone", async ({ page }) => {
  const press = async (key: string, times = 1) => {
    for (let count = 0; count < times; count += 1) await page.keyboard.press(key);
  };
  const tabTo = async (target: Locator) => {
    const isFocused = () => target.evaluate((node) => node === document.activeElement);
    for (let count = 0; count < 8 && !(await isFocused()); count += 1) await press("Tab");
    await expect(target).toBeFocused();
  };
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.getByLabel("Phone number").focus();
  await page.keyboard.type(PHONE);
  await press("Tab");
  await page.keyboard.type(PASSWORD);
  await press("Enter");

  const opener = page.getByRole("button", { name: "Deposit", exact: true });
  await expect(opener).toBeVisible();
  await opener.focus();
  await press("Enter");
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("heading")).toBeFocused();
  const another = sheet.getByRole("button", { name: "Start another deposit" });
  if (await another.isVisible()) {
    await another.focus();
    await press("Enter");
  }
  await expect(title(page, "How much do you want to deposit?")).toBeFocused();
  await tabTo(sheet.getByLabel("Amount in KSh"));
  await page.keyboard.type("500");
  await press("Enter");
  await expect(title(page, "You are about to deposit")).toBeFocused();
  await tabTo(sheet.getByRole("button", { name: /^Deposit KSh/ }));
  await press("Enter");
  await expect(title(page, "KSh 500 added")).toBeFocused();

  // However often Tab is pressed, the focus stays inside the sheet.
  await press("Tab", 8);
  expect(
    await sheet.evaluate(
      (node) => node.contains(document.activeElement) || document.activeElement === document.body,
    ),
  ).toBe(true);

  await press("Escape");
  await expect(sheet).toBeHidden();
  await expect(opener).toBeFocused();
});
