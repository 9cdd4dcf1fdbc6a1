/** Checks of every state: axe, contrast, tap targets, motion, live regions, 200 % text. */
import { expect, test } from "@playwright/test";
import { findAxeViolations, findVoices, findLost, findMotion, findSmallTargets } from "./checks";
import { openScene } from "./scene";
import { SCENES } from "./scenes";

const ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// Colours do not depend on the language, so each language is checked in one scheme.
const SCREENS = [
  { language: "en", colorScheme: "light" },
  { language: "sw", colorScheme: "dark" },
] as const;

for (const { language, colorScheme } of SCREENS) {
  for (const scene of SCENES) {
    test(`${scene.name}, ${language}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce", colorScheme });
      await openScene(page, scene, language);
      expect.soft(await findAxeViolations(page, ALL)).toEqual([]);
      expect.soft(await findSmallTargets(page), "targets under 24 px").toEqual([]);
      expect.soft(await findMotion(page), "motion though none is wanted").toEqual([]);
      const { voices, most } = await findVoices(page);
      expect.soft(voices.length, `voices: ${voices.join(" | ")}`).toBeLessThanOrEqual(most);

      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      expect.soft(await findLost(page), "lost at 200 % text").toEqual([]);
    });
  }
}
