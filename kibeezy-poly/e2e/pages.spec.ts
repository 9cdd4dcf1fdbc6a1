/** The pages around the deposit: each is reached by the navigation, accessible, and works. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "./access";
import { deposit, expect, fillLogIn, logIn, signUp, test, title } from "./customer";

const PAGES = [
  { en: "Home", sw: "Nyumbani", path: "/wallet", heading: /My wallet|Pochi yangu/ },
  { en: "Activity", sw: "Miamala", path: "/deposits", heading: /Activity|Miamala/ },
  { en: "Account", sw: "Akaunti", path: "/account", heading: /Account|Akaunti/ },
];

const nav = (page: Page) => page.getByRole("navigation", { name: /^(Pages|Kurasa)$/ });

for (const language of ["en", "sw"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`in ${language}, ${colorScheme}`, () => {
      test.use({ colorScheme });

      test("every page is reached by its tab, marks it, and is accessible", async ({ page }) => {
        await logIn(page);
        if (language === "sw") await page.getByRole("button", { name: "Kiswahili" }).click();
        for (const { path, heading, [language]: name } of PAGES) {
          await nav(page).getByRole("link", { name, exact: true }).click();
          await expect(page).toHaveURL(path);
          await expect(page.getByRole("heading", { level: 1, name: heading })).toBeAttached();
          await expect(nav(page).locator("[aria-current=page]")).toHaveText(name);
          await expect(page.locator(".skeleton")).toHaveCount(0);
          await expectAccessible(page);
        }
      });
    });
  }
}

test("the statement leads over its lines to a deposit with its receipt", async ({ page }) => {
  await logIn(page);
  const sheet = await deposit(page, 700);
  await expect(title(page, "KSh 700 added")).toBeVisible();
  await sheet.getByRole("button", { name: "Done" }).click();

  await page.getByRole("link", { name: "Statement" }).click();
  await expect(page).toHaveURL("/wallet/statement");
  const lines = page.getByRole("region", { name: "Lines" }).getByRole("listitem");
  await expect(lines.first()).toContainText("+KSh 700.00");
  await expectAccessible(page);

  await lines.first().getByRole("link").click();
  await expect(page).toHaveURL(/\/deposits\/\d+$/);
  const receipt = page.getByRole("region", { name: "Receipt" });
  await expect(receipt).toContainText("KSh 700");
  await expect(page.getByRole("region", { name: "What happened" })).toContainText("KSh 700");
  await page.getByText("Get help").click();
  await expect(page.getByRole("button", { name: "Copy details" })).toBeAttached();
  await expectAccessible(page);
});

test("filters live in the address: Back undoes them, and a reload keeps them", async ({ page }) => {
  await logIn(page);
  await deposit(page, 1032);
  await expect(title(page, "The request was cancelled")).toBeVisible();
  await page.keyboard.press("Escape");

  await page.goto("/deposits");
  const statuses = page.getByRole("navigation", { name: "Which deposits" });
  await statuses.getByRole("link", { name: "Not completed" }).click();
  await expect(page).toHaveURL("/deposits?status=failed");
  await expect(page.locator("[data-status=FAILED]").first()).toBeVisible();
  await expect(page.locator("[data-status=COMPLETED]")).toHaveCount(0);

  await page.reload();
  await expect(page.locator("[data-status=FAILED]").first()).toBeVisible();
  await page.locator("[data-status=FAILED]").first().click();
  await expect(page).toHaveURL(/\/deposits\/\d+$/);
  await page.goBack();
  await expect(page).toHaveURL("/deposits?status=failed");

  await page.goto("/deposits?status=failed&from=2020-01-01&to=2020-01-02");
  await expect(page.getByText("No deposit matches")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await expect(page).toHaveURL("/deposits");
});

test("a pending deposit's page follows it, and one of an unknown id says so", async ({ page }) => {
  await logIn(page);
  await deposit(page, 4999);
  await expect(title(page, /Enter your M\u2011PESA PIN|Confirming/)).toBeVisible();
  await page.keyboard.press("Escape");
  await page.goto("/deposits?status=pending");
  await page.locator("[data-status=PENDING]").first().click();
  await expect(page.getByText(/This page updates automatically/)).toBeVisible();
  await expectAccessible(page);

  for (const id of ["999999999", "abc", "0"]) {
    await page.goto(`/deposits/${id}`);
    await expect(page.getByText("There is no such deposit")).toBeVisible();
  }
  await expectAccessible(page);
});

for (const [button, suffix] of [
  ["PDF to print", "pdf"],
  ["CSV for Excel", "csv"],
] as const) {
  test(`the statement is saved as ${suffix} under the API's name`, async ({ page }) => {
    await logIn(page);
    await page.goto("/wallet/statement");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`\\.${suffix}$`));
    await expect(page.getByText(/is in your downloads/)).toBeVisible();
  });
}

test("a new customer proves who they are", async ({ page }) => {
  await signUp(page);
  await page.getByRole("link", { name: "Confirm my identity" }).click();
  await expect(page.getByText("Not sent yet")).toBeVisible();
  await page.getByRole("button", { name: "Send for checking" }).click();
  await expect(page.getByText("Enter your ID number.")).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("Full name").fill("Wanjiku Otieno");
  await page.getByLabel("ID number").fill(String(Date.now()).slice(-8));
  await page.getByLabel("Date of birth").fill("1990-12-31");
  await page.getByRole("button", { name: "Send for checking" }).click();
  await expect(page.getByText(/^(Being checked|Confirmed)$/)).toBeVisible();
  await expect(page.getByText(/^\*{4}\d{4}$/)).toBeVisible();
  await expectAccessible(page);
});

test("caps, a cool-off and self-exclusion, each in its steps", async ({ page }) => {
  await signUp(page);
  await page.goto("/limits");
  await page.getByLabel("Per day, in KSh").fill("1000");
  await page.getByRole("button", { name: "Save my limits" }).click();
  await expect(page.getByText(/It applies from now on/)).toBeVisible();
  await page.getByLabel("Per day, in KSh").fill("5000");
  await page.getByRole("button", { name: "Save my limits" }).click();
  await expect(page.getByText(/Per day: KSh\s5,000/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Keep my current limits" }).click();
  await expect(page.getByText(/Per day: KSh\s5,000/)).toBeHidden();

  await page.getByRole("button", { name: "Start a cool-off" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Yes, start the cool-off" }).click();
  await expect(page.getByText(/You are in a cool-off until/)).toBeVisible();

  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByLabel("Your password, to be sure it is you").fill("wrong-password");
  await page.getByRole("button", { name: "Yes, exclude me" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Your password, to be sure it is you").fill("jambo-kenya-2030");
  await page.getByRole("button", { name: "Yes, exclude me" }).click();
  await expect(page.getByText(/You have excluded yourself until/)).toBeVisible();
  await expectAccessible(page);
});

test("password and number are changed on the account page", async ({ page }) => {
  await signUp(page);
  await page.goto("/account");
  const password = page.getByRole("region", { name: "Change password" });
  await password.getByRole("heading", { name: "Change password" }).click();
  await password.getByLabel("Current password").fill("jambo-kenya-2030");
  await password.getByLabel("New password").fill("jambo-kenya-2031");
  await password.getByRole("button", { name: "Change password" }).click();
  await expect(password.getByText(/Your password is changed/)).toBeVisible();

  const change = page.getByRole("region", { name: "Change phone number" });
  await change.getByRole("heading", { name: "Change phone number" }).click();
  await change.getByLabel("New number").fill(`01${String(Date.now() + 1).slice(-8)}`);
  await change.getByLabel("Your password").fill("jambo-kenya-2031");
  await change.getByRole("button", { name: "Ask for the change" }).click();
  await expect(change.getByText(/Our team is checking it/)).toBeVisible();
  await expectAccessible(page);
  await change.getByRole("button", { name: "Withdraw the request" }).click();
  await expect(change.getByText(/You withdrew the change/)).toBeVisible();
});

test("a session that ended leads to log in, and back to the same page", async ({
  page,
  context,
}) => {
  await logIn(page);
  await context.clearCookies();
  await page.goto("/deposits?status=failed");
  await expect(page).toHaveURL(/\/login\?next=/);
  await fillLogIn(page);
  await expect(page).toHaveURL("/deposits?status=failed");
});

test("the page can be installed: names, start address, and icons of the declared sizes", async ({
  page,
  request,
}) => {
  await page.goto("/login");
  const manifest = (await (await request.get("/manifest.webmanifest")).json()) as {
    name: string;
    short_name: string;
    start_url: string;
    scope: string;
    display: string;
    icons: { src: string; sizes: string; type: string; purpose?: string }[];
  };
  await expect(page.locator("link[rel=manifest]")).toHaveAttribute("href", "/manifest.webmanifest");
  expect(manifest).toMatchObject({ name: "Kibeezy", short_name: "Kibeezy", scope: "/" });
  expect(manifest.display).toBe("standalone");
  // The sizes that browsers require before they offer to install, and the maskable one for Android.
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(
    expect.arrayContaining(["192x192", "512x512"]),
  );
  expect(manifest.icons.some(({ purpose }) => purpose === "maskable")).toBe(true);
  expect((await request.get(manifest.start_url)).ok()).toBe(true);
  for (const { src, sizes, type } of manifest.icons) {
    const answer = await request.get(src);
    expect(answer.headers()["content-type"]).toContain(type);
    if (sizes === "any") continue;
    const size = await page.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      return `${String(image.naturalWidth)}x${String(image.naturalHeight)}`;
    }, src);
    expect(size).toBe(sizes);
  }
  await expect(page.locator("link[rel=apple-touch-icon]")).toHaveAttribute(
    "href",
    "/apple-touch-icon.png",
  );
});

test("a receipt on paper is dark on white, with its tape and without buttons", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await logIn(page);
  const sheet = await deposit(page, 410);
  await expect(title(page, "KSh 410 added")).toBeVisible();
  await sheet.getByRole("button", { name: "Done" }).click();
  await page.getByRole("link", { name: "Activity" }).click();
  const row = page.locator("[data-transaction]").filter({ hasText: /KSh\s410/ });
  await row.first().getByRole("link").click();
  await expect(page.getByText("Receipt").first()).toBeVisible();

  await page.emulateMedia({ media: "print", colorScheme: "dark" });

  const colours = await page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color];
  });
  expect(colours).toEqual(["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
  await expect(page.locator("main button").filter({ visible: true })).toHaveCount(0);
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.getByRole("button", { name: "Kiswahili" })).toBeHidden();
  await expect(page.locator("[data-environment]").first()).toBeVisible();
  await expect(page.getByText("M‑PESA code").first()).toBeVisible();
});
