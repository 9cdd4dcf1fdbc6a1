/** Checks of every state: axe, contrast, tap targets, motion, live regions, 200 % text. */
import { expect, type Page, test } from "@playwright/test";
import { findViolations } from "../axe";
import {
  findBrokenNames,
  findLost,
  findMotion,
  findOtherMasks,
  findSmallTargets,
  findUntranslatable,
  findVoices,
} from "./checks";
import { openScene } from "./scene";
import { SCENES } from "./scenes";

const ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What another colour scheme can change. */
const COLOURS = { rules: ["color-contrast", "link-in-text-block"] };

const LANGUAGES = ["en", "sw"] as const;
/** Both languages have the same markup, so each scene takes one of them, in turn; `make test-long` looks at both. */
const takes = (number: number) =>
  process.env.STATES_BOTH_LANGUAGES === undefined
    ? [LANGUAGES[number % LANGUAGES.length]!]
    : LANGUAGES;

for (const [number, scene] of SCENES.entries()) {
  for (const language of takes(number)) {
    test(`${scene.name}, ${language}`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
      await openScene(page, scene, language);
      expect.soft(await findViolations(page, { tags: ALL })).toEqual([]);
      expect.soft(await findSmallTargets(page), "targets under 24 px").toEqual([]);
      expect.soft(await findUntranslatable(page), "broken by a translator").toEqual([]);
      const { voices, most } = await findVoices(page);
      expect.soft(voices.length, `voices: ${voices.join(" | ")}`).toBeLessThanOrEqual(most);

      expect.soft(await findOtherMasks(page), "masked in another way").toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect.soft(await findBrokenNames(page), "a line breaks inside M-PESA").toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });

      await page.emulateMedia({ colorScheme: "dark" });
      expect.soft(await findViolations(page, COLOURS), "in the dark").toEqual([]);
      expect.soft(await findMotion(page), "motion though none is wanted").toEqual([]);

      await enlargeText(page);
      expect.soft(await findLost(page), "lost at 200 % text").toEqual([]);
    });
  }
}

async function enlargeText(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
}

test("these checks find a page that is wrong", async ({ page }) => {
  await page.setContent(`<style>@media (prefers-color-scheme: dark) { p { color: #bbb } }</style>
    <main style="background:#fff"><h1>Wrong</h1><p>Hardly to be read in the dark</p>
    <div style="width:20rem;white-space:nowrap">It fits at one size, and at no larger one</div>
    <p><b>Beside</b> others</p><p>KSh 500</p><p translate="no">KSh 500</p>
    <p style="width:3rem">The M-PESA</p><p style="width:1ch;overflow-wrap:anywhere">M\u2011PESA</p>
    <p translate="no">0712 *** 678 07** **5 678 2547****5678</p>
    <button style="width:9px;height:9px;transition:all 1s"></button></main>`);
  expect(await findUntranslatable(page)).toHaveLength(2);
  expect(await findBrokenNames(page)).toHaveLength(2);
  expect(await findOtherMasks(page)).toEqual(["0712 *** 678 07** **5 678 2547****5678"]);
  const find = async (which: Parameters<typeof findViolations>[1]) =>
    (await findViolations(page, which)).map((text) => text.split(":")[0]);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await find({ tags: ALL })).toContain("button-name");
  expect(await find(COLOURS)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await find(COLOURS)).toEqual(["color-contrast"]);
  expect(await findSmallTargets(page)).toHaveLength(1);
  expect(await findMotion(page)).toHaveLength(1);
  await enlargeText(page);
  expect(await findLost(page)).not.toEqual([]);
});
