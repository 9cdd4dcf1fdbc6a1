/** On a wide screen the names of the pages stand in the header, each on one line. */
import { expect, test } from "@playwright/test";
import { openScene } from "./scene";
import { SCENES } from "./scenes";

const wallet = SCENES.find(({ name }) => name === "wallet")!;

for (const width of [768, 1280])
  for (const language of ["en", "sw"] as const)
    test(`the pages' names take one line each at ${String(width)} px, ${language}`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height: 800 });
      await openScene(page, wallet, language);
      const lines = await page
        .locator(".site-nav li span")
        .evaluateAll((names) => names.map((name) => name.getClientRects().length));
      expect(lines).toEqual([1, 1, 1]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
    });
