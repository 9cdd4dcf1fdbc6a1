/** The page of one origin with the API of another, on a phone whose clock is two hours slow. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { deposit, expect, logIn, test, title } from "./customer";

const PAGE = process.env.SECOND_WEB_URL ?? "http://127.0.0.1:3001";
const API = process.env.API_ORIGIN ?? "http://127.0.0.1:8000";
const SLOW_MS = 2 * 3_600_000;

test.use({ baseURL: PAGE });

let server: ChildProcess;

test.beforeAll(async () => {
  server = spawn(process.execPath, [join(import.meta.dirname, "..", "scripts", "start.mjs")], {
    env: { ...process.env, WEB_PORT: new URL(PAGE).port, NEXT_PUBLIC_API_URL: API },
    stdio: "ignore",
  });
  await expect(async () => {
    expect((await fetch(`${PAGE}/login`)).ok).toBe(true);
  }).toPass({ timeout: 30_000 });
});

test.afterAll(() => {
  server.kill();
});

test("a deposit is paid, and no countdown is longer than a prompt", async ({ page }) => {
  await page.clock.install({ time: Date.now() - SLOW_MS });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/")) asked.push(new URL(request.url()).origin);
  });
  await logIn(page);

  // The mock gateway never answers this one: the prompt stays open.
  const sheet = await deposit(page, 4999);
  await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();
  await expect(sheet.getByText(/^\d+:\d\d$/)).toHaveText(/^[01]:\d\d$/);
  await sheet.getByRole("button", { name: "Start another deposit" }).click({ timeout: 60_000 });
  await sheet.getByLabel("Amount in KSh").fill("500,00");
  await sheet.getByRole("button", { name: /^Continue/ }).click();
  await sheet.getByRole("button", { name: /^Deposit KSh/ }).click();
  await expect(title(page, "KSh 500 added")).toBeVisible();

  expect(new Set(asked)).toEqual(new Set([API]));
});

test("a statement keeps the file name that the API gives it", async ({ page }) => {
  await logIn(page);
  await page.goto("/wallet/statement");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV for Excel" }).click();
  expect((await download).suggestedFilename()).toMatch(/^kibeezy-statement-.*\.csv$/);
});
