/** For everybody: keyboard alone, screen readers (axe), small screens, both colour schemes, strangers. */
import { expectAccessible } from "./access";
import {
  deposit,
  expect,
  logIn,
  openForm,
  PASSWORD,
  PHONE,
  review,
  signUp,
  test,
  title,
} from "./customer";

test("a stranger is led from the wallet to log in", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/login\?next=\/wallet$/);
});

test("a wrong password is told without telling which part was wrong", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("Phone number").fill(PHONE);
  await page.getByLabel("Password", { exact: true }).fill("not-the-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").first()).not.toBeEmpty();
  await expect(page).toHaveURL(/\/login/);
});

test("a new customer signs up and sees an empty wallet", async ({ page }) => {
  await signUp(page);
  await expect(page.getByTestId("balance")).toHaveText("KSh 0.00");
  await expect(page.getByText("No transactions yet")).toBeVisible();
  await expectAccessible(page);
});

test("everything works by keyboard alone", async ({ page }) => {
  const press = async (key: string, times = 1) => {
    for (let count = 0; count < times; count += 1) await page.keyboard.press(key);
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
  await expect(title(page, "Deposit with M-Pesa")).toBeFocused();
  await press("Tab", 2);
  await expect(sheet.getByLabel("Amount in KSh")).toBeFocused();
  await press("Tab");
  await press("ArrowRight");
  await expect(sheet.getByRole("radio", { name: "KSh 500" })).toBeChecked();
  await press("Enter");
  await expect(title(page, "Is this right?")).toBeFocused();
  await press("Tab", 2);
  await expect(sheet.getByRole("link", { name: "Change" })).toBeFocused();
  await press("Tab");
  await press("Enter");
  await expect(title(page, "KSh 500 received")).toBeFocused();

  // The focus stays inside the sheet however far it is sent.
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

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test("the pages before the wallet are accessible", async ({ page }) => {
      for (const path of ["/login", "/signup", "/no-such-page"]) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expectAccessible(page);
      }
      await page.goto("/login");
      await page.getByRole("button", { name: "Log in" }).click();
      await expect(page.getByText("Enter your password.")).toBeVisible();
      await expectAccessible(page);
    });

    test("wallet, form and both ends are accessible", async ({ page }) => {
      await logIn(page);
      await expectAccessible(page);
      const sheet = await openForm(page);
      await expectAccessible(page);
      await sheet.getByRole("button", { name: "Continue", exact: true }).click();
      await expect(sheet.getByText("Enter an amount.")).toBeVisible();
      await expectAccessible(page);
      await page.keyboard.press("Escape");

      await review(page, 500);
      await expectAccessible(page);
      await page.keyboard.press("Escape");

      await deposit(page, 500);
      await expect(title(page, "KSh 500 received")).toBeVisible();
      await expectAccessible(page);
      await page.keyboard.press("Escape");

      await deposit(page, 1032);
      await expect(title(page, "You cancelled the request")).toBeVisible();
      await expectAccessible(page);
    });

    test("sending, unclear and refused are accessible", async ({ page }) => {
      await logIn(page);
      let release = () => undefined as unknown;
      await page.route("**/stk-push/", (route) => {
        release = () => route.abort();
      });
      await deposit(page, 300);
      await expect(title(page, "Sending your request")).toBeVisible();
      await expectAccessible(page);
      release();
      await expect(title(page, "We are checking whether the request went out")).toBeVisible();
      await expectAccessible(page);
    });

    const REFUSALS = [
      { status: 403, code: "kyc_required", name: "First, confirm who you are" },
      { status: 403, code: "self_excluded", name: "You are taking a break", retry_after: 86_400 },
      { status: 403, code: "risk_review", name: "We need to look at this first" },
      { status: 429, code: "limit_exceeded", name: "This is over your limit" },
      { status: 429, code: "rate_limited", name: "Too many tries for now", retry_after: 90 },
      { status: 502, code: "mpesa_rejected", name: "The deposit could not be started" },
      { status: 503, code: "mpesa_busy", name: "M-Pesa is slow", retry_after: 60 },
    ];

    test("every refusal is accessible", async ({ page }) => {
      await logIn(page);
      for (const { status, name, ...envelope } of REFUSALS) {
        const json = { ...envelope, error: "No", customer_message: "The API's own words." };
        await page.route("**/stk-push/", (route) => route.fulfill({ status, json }));
        await deposit(page, 7000);
        await expect(title(page, name)).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press("Escape");
        await page.unroute("**/stk-push/");
      }
    });

    test("every failure is accessible", async ({ page }) => {
      await logIn(page);
      for (const amount of [1111, 1037, 8006, 9999]) {
        const sheet = await deposit(page, amount);
        await expect(sheet.getByRole("button", { name: "Close" }).last()).toBeVisible();
        await sheet.getByText("Get help").click();
        await expect(sheet.getByText("Copy details").or(sheet.getByText("Result"))).not.toHaveCount(
          0,
        );
        await expectAccessible(page);
        await page.keyboard.press("Escape");
      }
    });

    test("every kind of waiting is accessible", async ({ page }) => {
      await logIn(page);
      const sheet = await deposit(page, 4999);
      await expect(title(page, "Check your phone")).toBeVisible();
      await expectAccessible(page);
      await expect(title(page, "Confirming with M-Pesa")).toBeVisible();
      await expectAccessible(page);

      await page.keyboard.press("Escape");
      const pill = page.getByRole("button", { name: /confirming/ });
      await expect(pill).toBeVisible();
      await expectAccessible(page);

      await page.route("**/status/", (route) => route.abort());
      await pill.click();
      await sheet.getByRole("button", { name: "Check now" }).click();
      await expect(sheet.getByText(/No network\. Sent at/)).toBeVisible();
      await expectAccessible(page);
    });
  });
}
