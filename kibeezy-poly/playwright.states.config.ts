import { defineConfig } from "@playwright/test";
import { findBrowser } from "./e2e/browser";

const junit = process.env.PLAYWRIGHT_JUNIT_OUTPUT_FILE;
const port = process.env.STATES_PORT ?? "3290";

/** The checks; with GALLERY the screenshots, with SHEETS what is laid out of them. */
function chooseScenarios(): { testIgnore: string[] } | { testMatch: string } {
  if (process.env.SHEETS !== undefined) return { testMatch: "**/contactSheets.spec.ts" };
  if (process.env.GALLERY !== undefined) return { testMatch: "**/gallery.spec.ts" };
  return { testIgnore: ["**/gallery.spec.ts", "**/contactSheets.spec.ts"] };
}

/**
 * Runs the checks of every state: starts only the built page, and a fake API answers its requests.
 */
export default defineConfig({
  testDir: "e2e/states",
  ...chooseScenarios(),
  outputDir: "test-results/states",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  // A busy machine may miss a time limit. What passes only the second time is listed as flaky.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: junit === undefined ? "dot" : [["dot"], ["junit", { outputFile: junit }]],
  webServer: {
    command: "node scripts/start.mjs",
    // No API listens on this port: every answer is the fake one's.
    env: {
      WEB_PORT: port,
      WEB_HOST: "127.0.0.1",
      FRAME_ANCESTORS: "",
      API_ORIGIN: "http://127.0.0.1:9",
    },
    url: `http://127.0.0.1:${port}/login`,
  },
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    locale: "en-KE",
    launchOptions: await findBrowser(),
  },
});
