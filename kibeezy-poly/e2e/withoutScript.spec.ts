/** Forms that the browser sends itself: before our code has come, or without scripts at all. */
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { expect, logIn, PASSWORD, PHONE, test } from "./customer";

const OWN = "jambo-kenya-2030";

async function plain(browser: Browser, baseURL: string): Promise<BrowserContext> {
  return browser.newContext({ javaScriptEnabled: false, baseURL });
}

async function signUp(page: Page, phone: string): Promise<void> {
  await page.goto("/signup");
  await page.getByLabel("Full name").fill("Wanjiku Otieno");
  await page.getByLabel("Phone number").fill(phone);
  await page.getByLabel("Password", { exact: true }).fill(OWN);
  await page.getByRole("button", { name: "Create account" }).click();
}

const newPhone = () => `0711${String(Date.now()).slice(-6)}`;

test("sign up, log out and log in without a script", async ({ browser, baseURL }) => {
  const context = await plain(browser, baseURL!);
  const page = await context.newPage();
  const phone = newPhone();
  await signUp(page, phone);
  await expect(page).toHaveURL("/wallet");
  await expect(page.getByTestId("balance")).toHaveText(/KSh\s0\.00/);

  await page.goto("/account");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/login");
  await page.goto("/wallet");
  await expect(page).toHaveURL(/\/login\?next=\/wallet/);

  await page.goto("/login?next=/limits");
  await page.getByLabel("Phone number").fill(phone);
  await page.getByLabel("Password", { exact: true }).fill("wrong-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("phone number or password");
  await expect(page.getByLabel("Phone number")).toHaveValue(phone);
  expect(page.url()).not.toContain("wrong-password");
  // The answer is for this one page.
  await page.goto("/login?next=/limits");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByLabel("Phone number").fill(phone);
  await page.getByLabel("Password", { exact: true }).fill(OWN);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/limits");

  // The number is taken: said above the form, with what was typed.
  await signUp(page, phone);
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page.getByLabel("Full name")).toHaveValue("Wanjiku Otieno");
  await context.close();
});

test("a deposit without a script, once however often it is sent", async ({ browser, baseURL }) => {
  const context = await plain(browser, baseURL!);
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await expect(page).toHaveURL(/\/deposit/);

  await page.getByLabel("Amount in KSh").fill("9,999,999");
  await page.getByRole("button", { name: "Send the prompt" }).click();
  await expect(page.getByRole("alert").first()).toContainText("Amount must be between");
  await expect(page.getByLabel("Amount in KSh")).toHaveValue("9,999,999");

  await page.getByLabel("Amount in KSh").fill("1,250");
  const form = Object.fromEntries(
    await page.locator("form[action='/form/deposit'] input").evaluateAll((inputs) =>
      inputs.map((input) => {
        const { name, value } = input as HTMLInputElement;
        return [name, value] as const;
      }),
    ),
  );
  await page.getByRole("button", { name: "Send the prompt" }).click();
  await expect(page).toHaveURL(/\/deposits\/\d+$/);
  const own = page.url();
  // Sent again, as by a second tap or by Back: the same deposit.
  const again = await context.request.post("/form/deposit", {
    form,
    headers: { origin: baseURL!, "sec-fetch-site": "same-origin" },
    maxRedirects: 0,
  });
  expect(again.status()).toBe(303);
  expect(again.headers().location).toBe(new URL(own).pathname);
  // The page loads itself again until there is an outcome.
  await expect(page.locator("[data-status]")).toHaveAttribute("data-status", "COMPLETED", {
    timeout: 60_000,
  });
  await expect(page.getByText("KSh 1,250").first()).toBeVisible();
  await context.close();
});

test("a form of another site does nothing", async ({ page, baseURL }) => {
  await logIn(page);
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: baseURL!, "sec-fetch-site": "cross-site" },
    {},
  ] as Record<string, string>[])
    for (const name of ["logout", "deposit", "login", "signup"]) {
      const answer = await page.request.post(`/form/${name}`, {
        form: { amount: "10", key: "k" },
        headers,
        maxRedirects: 0,
      });
      expect(answer.status()).toBe(403);
    }
  expect((await page.request.post("/form/nothing")).status()).toBe(404);
  expect((await page.request.get("/api/auth/me/")).ok()).toBe(true);
});

test("a tap before the code has come leads to the plain form", async ({ page }) => {
  await logIn(page);
  await page.route("**/_next/static/**/*.js", (route) => route.abort());
  await page.goto("/wallet");
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await expect(page.getByLabel("Amount in KSh")).toBeVisible();
  await expect(page).toHaveURL(/\/deposit\?/);
});
