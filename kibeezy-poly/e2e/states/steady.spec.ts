/** What arrives late moves nothing that a thumb is about to touch. */
import { expect, type Page, test } from "@playwright/test";
import { delay, http, HttpResponse } from "msw";
import { api } from "@/test/handlers";
import { openScene, type Scene } from "./scene";

const LATE_MS = 1500;

const own = {
  own_daily_limit: 5000,
  used_today: 1150,
  remaining_today: 3850,
  most_now: 3850,
};

const form = (changes: object): Scene => ({
  name: "form-late-limits",
  path: "/wallet",
  answers: [
    http.get("*/api/payments/limits/", async () => {
      await delay(LATE_MS);
      return HttpResponse.json({ ...api.limits, ...changes });
    }),
  ],
  act: async (page, say) => {
    await page.getByRole("button", { name: say.wallet("deposit"), exact: true }).click();
  },
  shows: (page) => page.getByRole("dialog").getByRole("radio"),
});

/** Sums the shifts from now on; those within half a second of a tap count too. */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        sources: { node: Element | null }[];
      })[])
        shifts.push(`${String(entry.value)} ${entry.sources[0]?.node?.outerHTML ?? ""}`);
    }).observe({ type: "layout-shift" });
  });
}

for (const [what, changes] of [
  ["limits", {}],
  ["a limit of the customer's own", own],
] as const) {
  for (const width of [320, 360]) {
    for (const language of ["en", "sw"] as const) {
      test(`${what} that arrive late move nothing at ${String(width)} px, ${language}`, async ({
        page,
      }) => {
        await page.setViewportSize({ width, height: 640 });
        await page.emulateMedia({ reducedMotion: "reduce" });
        await openScene(page, form(changes), language);
        await page.waitForTimeout(300);
        const chip = page.getByRole("dialog").locator(".chip").first();
        const before = await chip.boundingBox();
        const hint = page.getByRole("dialog").locator("[id$=-hint]");
        await expect(hint).toBeEmpty();
        await watchShifts(page);

        await expect(hint).not.toBeEmpty();

        await page.waitForTimeout(200);
        expect(await page.evaluate(() => (window as unknown as { shifts: [] }).shifts)).toEqual([]);
        expect(await chip.boundingBox()).toEqual(before);
      });
    }
  }
}
