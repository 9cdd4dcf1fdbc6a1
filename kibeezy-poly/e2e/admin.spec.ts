/** The operator console: accessible in every scheme and size, without a fault, and walked by keys. */
import { execFileSync } from "node:child_process";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./access";
import { expect, PASSWORD as DEMO_PASSWORD, PHONE, test } from "./customer";

const ADMIN = `${process.env.API_ORIGIN ?? "http://127.0.0.1:8000"}/admin/`;
const PYTHON = process.env.BACKEND_PYTHON ?? ".venv/bin/python";
const OPERATOR = "0700000001";
const PASSWORD = process.env.OPERATOR_PASSWORD ?? "kibeezy-operator";

const PAGES = {
  home: "",
  "a list": "payments/transaction/",
  "a list with a filter": "payments/suspensecase/?status__exact=OPEN&o=1",
  approvals: "users/proposal/?state=waiting&o=1",
  "deposits to look for": "payments/unanswereddeposit/",
  customers: "users/user/",
  "accounts to close": "users/erasurerequest/?status__exact=OPEN&o=1",
  identity: "kyc/kycsubmission/?status__exact=PENDING&o=1",
  "a customer": "users/user/1/change/",
  "a form": "users/user/1/edit/",
  "a form of rights": "auth/group/add/",
  "all tables": "tables/",
  keys: "keys/",
};
const SIZES = { desktop: { width: 1366, height: 768 }, phone: { width: 390, height: 844 } };

/** A code works once, so the scenarios share one log-in. */
let cookies: Awaited<ReturnType<ReturnType<Page["context"]>["cookies"]>> = [];

function currentCode(): string {
  return execFileSync(PYTHON, ["manage.py", "second_factor", OPERATOR, "--code"], {
    cwd: "../backend",
    encoding: "utf-8",
  }).trim();
}

async function open(page: Page, path: string): Promise<void> {
  await page.context().addCookies(cookies);
  await page.goto(ADMIN + path);
}

async function search(page: Page, words: string): Promise<void> {
  await page.getByRole("searchbox", { name: /^Find a customer/ }).fill(words);
  await page.keyboard.press("Enter");
}

test.describe.configure({ mode: "serial" });

test("an operator logs in with number, password and code", async ({ page }) => {
  await page.goto(`${ADMIN}login/`);
  await expect(page.getByText("no real money")).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("Phone number").fill(OPERATOR);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("Code").fill(currentCode());
  await page.getByRole("button", { name: "Log in" }).click();

  await expect(page.getByRole("heading", { name: "What waits for an operator" })).toBeVisible();
  cookies = await page.context().cookies();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${colorScheme}, ${size}`, () => {
      test.use({ colorScheme, viewport });

      test("each page is accessible and no wider than its window", async ({ page }) => {
        for (const path of Object.values(PAGES)) {
          await open(page, path);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          await expectAccessible(page);
        }
      });

      test("so is what a search finds, or does not", async ({ page }) => {
        await open(page, "");
        await search(page, "0799 999 990");
        await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
        await expectAccessible(page);

        await search(page, "demo");
        await expect(
          page.getByRole("main").getByRole("heading", { name: "Customers" }),
        ).toBeVisible();
        await expectAccessible(page);
      });
    });
  }
}

test("a customer deposits, so that there is a page to look at", async ({ request }) => {
  const api = `${new URL(ADMIN).origin}/api`;
  const signedIn = await request.post(`${api}/auth/token/`, {
    data: { phone_number: PHONE, password: DEMO_PASSWORD },
  });
  const { token } = (await signedIn.json()) as { token: string };
  const pushed = await request.post(`${api}/payments/stk-push/`, {
    data: { amount: 20 },
    headers: { Authorization: `Token ${token}` },
  });
  // 409: the prompt of an earlier scenario is open, so there is a deposit already.
  expect([200, 409]).toContain(pushed.status());
});

test.describe("one page for each deposit and customer", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, viewport] of Object.entries({
      ...SIZES,
      small: { width: 360, height: 740 },
    })) {
      test.describe(`${colorScheme}, ${size}`, () => {
        test.use({ colorScheme, viewport });

        test("each says what happened, and is accessible", async ({ page }) => {
          await open(page, "payments/transaction/");
          await page.locator("#result_list tbody th a").first().click();
          await expect(page.getByRole("heading", { name: "What happened" })).toBeVisible();
          await expect(page.getByRole("heading", { name: "Do", exact: true })).toBeVisible();
          await expectAccessible(page);

          await page.getByRole("radio", { name: "Kiswahili" }).check();
          await expect(page.locator('#say [lang="sw"]')).toBeVisible();
          await expect(page.locator('#say [lang="en"]')).toBeHidden();

          await page
            .getByRole("link", { name: /^Open / })
            .last()
            .click();
          await expect(page.getByRole("heading", { name: "May they deposit now?" })).toBeVisible();
          await expectAccessible(page);
        });
      });
    }
  }
});

test.describe("by keys", () => {
  test.use({ viewport: SIZES.desktop });

  test("they search, walk rows, and open places", async ({ page }) => {
    await open(page, "");
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox")).toBeFocused();
    await page.keyboard.type("demo");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main").getByRole("heading", { name: "Customers" })).toBeVisible();
    expect(page.url()).not.toContain("demo");

    const rows = page.getByRole("rowheader").getByRole("link");
    await page.keyboard.press("j");
    await expect(rows.first()).toBeFocused();
    await page.keyboard.press("j");
    await expect(rows.nth(1)).toBeFocused();
    await page.keyboard.press("k");
    await expect(rows.first()).toBeFocused();

    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await expect(page).toHaveURL(`${ADMIN}payments/transaction/`);
  });

  test("u leads from a deposit back to the list", async ({ page }) => {
    await open(page, "payments/transaction/");
    await page.locator("#result_list tbody th a").first().click();
    await expect(page.getByRole("heading", { name: "What happened" })).toBeVisible();

    await page.keyboard.press("u");
    await expect(page).toHaveURL(`${ADMIN}payments/transaction/`);
  });

  test("they can be switched off", async ({ page }) => {
    await open(page, "keys/");
    await page.getByRole("main").getByLabel("Single keys work in this browser").uncheck();
    await page.goto(`${ADMIN}payments/transaction/`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();

    await page.keyboard.press("?");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page).toHaveURL(`${ADMIN}payments/transaction/`);

    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("dialog").getByLabel("Single keys work in this browser").check();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await expect(page).toHaveURL(ADMIN);
  });

  test("a letter that is typed into a field stays a letter", async ({ page }) => {
    await open(page, "payments/transaction/");
    await page.locator("#searchbar").focus();
    await page.keyboard.type("gh/j?");

    await expect(page.locator("#searchbar")).toHaveValue("gh/j?");
    await expect(page).toHaveURL(`${ADMIN}payments/transaction/`);
  });
});
