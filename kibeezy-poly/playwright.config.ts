import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { findBrowser } from "./e2e/browser";

const junit = process.env.PLAYWRIGHT_JUNIT_OUTPUT_FILE;
/** With the simulator's address set, its scenarios run instead, or those that are named. */
const suite = process.env.STORIES ?? (process.env.SIMULATOR_URL === undefined ? null : "sandbox");

// Full paths, because the checkout itself may be in a folder of such a name.
const OTHER_SUITES = ["sandbox", "states", "measures"].map((name) =>
  join(import.meta.dirname, "e2e", name, "**"),
);

/** The virtual phone switches to any number that gets a prompt, so its scenario runs alone, before the others. */
const PHONE = { name: "phone", testMatch: "**/phone.spec.ts" };
/** It kills our API and worker for all scenarios, so it runs alone, last. */
const RESTART = { name: "restart", testMatch: "**/restart.spec.ts" };
const SANDBOX = [
  PHONE,
  {
    name: "scenarios",
    testIgnore: [PHONE.testMatch, RESTART.testMatch],
    dependencies: [PHONE.name],
    fullyParallel: true,
  },
  { ...RESTART, dependencies: ["scenarios"], workers: 1 },
];

/** The scenarios run against running processes; nothing is started here. */
export default defineConfig({
  testDir: suite === null ? "e2e" : `e2e/${suite}`,
  testIgnore: suite === null ? OTHER_SUITES : [],
  // A suite empties its folder when it begins, and another one may be running.
  outputDir: `test-results/${suite ?? "scenarios"}`,
  // The scenarios share one demo customer and balance, so they run one after the other, unless each has its own customer.
  workers: suite === "sandbox" ? 2 : 1,
  ...(suite === "sandbox" ? { projects: SANDBOX } : {}),
  forbidOnly: true,
  // On the emulated slow phone a scenario with a query or two takes a minute on a busy machine.
  timeout: suite === "sandbox" ? 180_000 : 90_000,
  expect: { timeout: suite === "sandbox" ? 30_000 : 15_000 },
  reporter: junit === undefined ? "list" : [["list"], ["junit", { outputFile: junit }]],
  use: {
    baseURL: process.env.WEB_URL ?? "http://127.0.0.1:3000",
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    locale: "en-KE",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: await findBrowser(),
  },
});
