import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const SERVER_TESTS = ["proxy.test.ts", "lib/forward.test.ts", "lib/env.test.ts"];
const NOT_OURS = ["node_modules/**", ".next/**", "e2e/**"];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [react()],
        resolve: { alias: { "@": import.meta.dirname } },
        test: {
          name: "browser",
          environment: "jsdom",
          environmentOptions: { jsdom: { url: "http://127.0.0.1:3000/wallet" } },
          include: ["**/*.test.ts", "**/*.test.tsx"],
          exclude: [...NOT_OURS, ...SERVER_TESTS],
          setupFiles: ["test/setup.ts"],
          restoreMocks: true,
          unstubGlobals: true,
        },
      },
      {
        resolve: { alias: { "@": import.meta.dirname } },
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
