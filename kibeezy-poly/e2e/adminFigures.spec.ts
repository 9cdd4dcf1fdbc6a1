/** The console's charts, exports and health: accessible in every scheme and size, and complete. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./access";
import { expect, test } from "./customer";

const ADMIN = `${process.env.API_ORIGIN ?? "http://127.0.0.1:8000"}/admin/`;
const PYTHON = process.env.BACKEND_PYTHON ?? ".venv/bin/python";

const PAGES = { charts: "charts/", exports: "exports/", health: "health/", keys: "keys/" };
const SIZES = { desktop: { width: 1366, height: 768 }, phone: { width: 360, height: 780 } };
const FIGURES = [
  "deposits",
  "result-codes",
  "time-to-credit",
  "hours",
  "suspense",
  "in-transit",
] as const;

/**
 * A session of the demonstration's operator, made by the backend: the code of their second factor
 * works once, and the console's other scenarios need it.
 */
const SESSION = `
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user
from users.models import User
user = User.objects.get(phone_number="254700000001")
client = Client()
client.force_login(user)
session = client.session
session[DEVICE_ID_SESSION_KEY] = next(devices_for_user(user)).persistent_id
session.save()
print("session:" + session.session_key)
`;
let session = "";

test.beforeAll(() => {
  const said = execFileSync(PYTHON, ["manage.py", "shell", "-c", SESSION], {
    cwd: "../backend",
    encoding: "utf-8",
  });
  session = /session:(\w+)/.exec(said)?.[1] ?? "";
  expect(session).not.toBe("");
});

async function open(page: Page, path: string): Promise<void> {
  await page.context().addCookies([{ name: "sessionid", value: session, url: ADMIN }]);
  await page.goto(ADMIN + path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${colorScheme}, ${size}`, () => {
      test.use({ colorScheme, viewport });

      test("each page is accessible and no wider than its window", async ({ page }) => {
        for (const path of Object.values(PAGES)) {
          await open(page, path);
          await expectAccessible(page);
        }
      });
    });
  }
}

test.describe("at a desk", () => {
  test.use({ viewport: SIZES.desktop });

  test("each figure has a name, its table, and its files", async ({ page }) => {
    await open(page, "charts/?days=7");

    for (const figure of FIGURES) {
      const panel = page.locator(`#${figure}`);
      await expect(panel.getByRole("img")).toHaveAccessibleName(/\w/);
      await panel.getByText(/^Table/).click();
      await expect(panel.getByRole("table")).toBeVisible();
      for (const file of ["CSV", "SVG"]) {
        const waiting = page.waitForEvent("download");
        await panel.getByRole("link", { name: new RegExp(`^${file}`) }).click();
        const name = (await waiting).suggestedFilename();
        expect(name).toBe(`${figure}-7-days.${file.toLowerCase()}`);
      }
    }
    await expectAccessible(page);
  });

  test("the period is chosen by links and keeps its place in the address", async ({ page }) => {
    await open(page, "charts/");
    await page.getByRole("navigation", { name: "Period" }).getByText("90 days").click();

    await expect(page).toHaveURL(`${ADMIN}charts/?days=90`);
    await expect(page.getByText("90 days", { exact: true })).toHaveAttribute(
      "aria-current",
      "true",
    );
  });

  test("an export is a file, and wrong days are said beside their field", async ({ page }) => {
    await open(page, "exports/");
    const book = page.getByRole("region", { name: "Day book" });
    const waiting = page.waitForEvent("download");
    await book.getByRole("button", { name: /^CSV/ }).click();
    const file = await (await waiting).path();
    expect(readFileSync(file, "utf-8").split("\r\n").length).toBeGreaterThan(2);

    await book.getByLabel("To:").fill("2020-01-01");
    await book.getByRole("button", { name: /^Excel/ }).click();
    await expect(book.getByText("Before the first day.")).toBeVisible();
    await expectAccessible(page);
  });

  test("keys lead to statements, charts, exports and health", async ({ page }) => {
    for (const [key, path] of [
      ["g", "charts/"],
      ["e", "exports/"],
      ["y", "health/"],
      ["s", "payments/statementimport/"],
    ] as const) {
      await open(page, "");
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await expect(page).toHaveURL(ADMIN + path);
    }
  });
});
