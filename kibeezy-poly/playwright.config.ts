import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { findBrowser } from "./e2e/browser";

const junit = process.env.PLAYWRIGHT_JUNIT_OUTPUT_FILE;
/**
 * The folder of scenarios to run: the one named in STORIES, else "sandbox" if SIMULATOR_URL is set;
 * null for those in e2e/ itself.
 */
const suite = process.env.STORIES ?? (process.env.SIMULATOR_URL === undefined ? null : "sandbox");

// Full paths, because the folder of the whole checkout may have one of these names.
const OTHER_SUITES = ["sandbox", "states", "measures"].map((name) =>
  join(import.meta.dirname, "e2e", name, "**"),
);

/**
 * The virtual phone shows whichever number gets a prompt, so its scenario runs alone, before the
 * others.
 */
const PHONE = { name: "phone", testMatch: "**/phone.spec.ts" };
/** This scenario kills the API and worker that all scenarios use, so it runs alone, last. */
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

/** The scenarios use processes that already run; this configuration starts none. */
export default defineConfig({
  testDir: suite === null ? "e2e" : `e2e/${suite}`,
  testIgnore: suite === null ? OTHER_SUITES : [],
  // One folder per suite: a suite empties its folder when it begins, while another suite may be
  // running.
  outputDir: `test-results/${suite ?? "scenarios"}`,
  // The scenarios in e2e/ share one demo customer, so they run one after the other. Those of the
  // sandbox each have their own customer, and mostly wait: for the PIN, for a poll, for M-Pesa.
  workers: suite === "sandbox" ? 3 : 1,
  ...(suite === "sandbox" ? { projects: SANDBOX } : {}),
  forbidOnly: true,
  // A busy machine may miss a time limit. What passes only the second time is listed as flaky.
  retries: 1,
  // On the emulated slow phone a scenario with one or two status queries takes a minute when the
  // machine is busy.
  timeout: suite === "sandbox" ? 180_000 : 90_000,
  expect: { timeout: suite === "sandbox" ? 30_000 : 15_000 },
  reporter: junit === undefined ? "list" : [["list"], ["junit", { outputFile: junit }]],
  use: {
    baseURL: process.env.WEB_URL ?? "http://127.0.0.1:3000",
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    // A worker's requests pass by the scenarios' own answers; the one about it allows it.
    serviceWorkers: "block",
    locale: "en-KE",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: await findBrowser(),
  },
});
