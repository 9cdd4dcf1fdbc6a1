import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const SERVER_TESTS = [
  "proxy.test.ts",
  "lib/forward.test.ts",
  "lib/env.test.ts",
  "lib/readStart.test.ts",
];
const NOT_OURS = ["node_modules/**", ".next/**", "e2e/**"];

/** They put another module in a module's place, which no other file may see. */
const REPLACING_TESTS = ["app", "components", "features", "lib", "ui"]
  .flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: "utf8" }).map(
      (name) => join(folder, name),
    ),
  )
  .filter((name) => /\.test\.tsx?$/.test(name))
  .filter((name) =>
    /\bvi\.(mock|doMock|resetModules)\(/.test(
      readFileSync(join(import.meta.dirname, name), "utf8"),
    ),
  );

const IN_BROWSER = {
  environment: "jsdom",
  environmentOptions: { jsdom: { url: "http://127.0.0.1:3000/wallet" } },
  setupFiles: ["test/setup.ts"],
  restoreMocks: true,
  unstubGlobals: true,
  // On a busy machine a scenario of many clicks is slow, not wrong.
  testTimeout: 30_000,
};

const page = { plugins: [react()], resolve: { alias: { "@": import.meta.dirname } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...page,
        test: {
          ...IN_BROWSER,
          name: "browser",
          include: ["**/*.test.ts", "**/*.test.tsx"],
          exclude: [...NOT_OURS, ...SERVER_TESTS, ...REPLACING_TESTS],
          // A jsdom and all modules afresh for each file are most of the time.
          isolate: false,
        },
      },
      {
        ...page,
        test: { ...IN_BROWSER, name: "browser, modules replaced", include: REPLACING_TESTS },
      },
      {
        resolve: page.resolve,
        test: {
          name: "server",
          environment: "node",
          include: SERVER_TESTS,
          unstubEnvs: true,
        },
      },
    ],
  },
});
