/** The accessibility checks that every page must pass. */
import type { Page } from "@playwright/test";
import { findViolations } from "./axe";
import { expect, expectNoSidewaysScroll } from "./customer";

export async function expectAccessible(page: Page): Promise<void> {
  // While the sheet slides in it is translucent, which changes the colours that axe measures: wait
  // for the end; one whose element went is cancelled, which is an end too.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getTiming().iterations === 1)
        .map((animation) => animation.finished),
    ),
  );
  expect(await findViolations(page)).toEqual([]);
  await expectNoSidewaysScroll(page);
}
