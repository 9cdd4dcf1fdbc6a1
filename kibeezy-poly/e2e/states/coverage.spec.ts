/** The list of scenes is complete: states by the compiler, outcomes and pages here. */
import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { findOutcome, findRejection, resultMessages } from "@/features/deposit/resultMessages";
import { DEPOSIT_SCENES } from "./depositScenes";
import { SCENES } from "./scenes";

test("every scene has a unique name", () => {
  const names = SCENES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("every kind of deposit has a scene", () => {
  for (const scenes of Object.values(DEPOSIT_SCENES)) expect(scenes).not.toEqual([]);
});

test("every outcome has a scene", () => {
  const codes = DEPOSIT_SCENES.failed.map((scene) => scene.transactions?.[0]?.result_code ?? null);
  const rejections = DEPOSIT_SCENES.refused.map(({ name }) =>
    findRejection(name.replace("refused-", "").replaceAll("-", "_")),
  );
  const shown = new Set<string>([...codes.map(findOutcome), ...rejections]);
  const outcomes = Object.keys(resultMessages)
    .filter((name) => name.startsWith("title_"))
    .map((name) => name.replace("title_", ""));
  expect(outcomes.filter((outcome) => !shown.has(outcome))).toEqual([]);
});

test("every page has a scene", () => {
  const text = readFileSync(".next/app-path-routes-manifest.json", "utf8");
  const routes = Object.entries(JSON.parse(text) as Record<string, string>);
  const pages = routes
    .filter(([file, path]) => file.endsWith("/page") && path !== "/" && !path.startsWith("/_"))
    .map(([, path]) => new RegExp(`^${path.replaceAll(/\[[^\]]+\]/g, "[^/]+")}$`));
  const shown = SCENES.map(({ path }) => path.split("?")[0] ?? "");
  expect(pages.filter((page) => !shown.some((path) => page.test(path))).map(String)).toEqual([]);
});
