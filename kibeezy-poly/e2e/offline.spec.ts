/** A lost network: our own page in place of the browser's, and no answer out of a cache. */
import { expect, logIn, test } from "./customer";

test.use({ serviceWorkers: "allow" });

test("a navigation without a network shows our page, and leads back", async ({ page, context }) => {
  await logIn(page);
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null), {
      timeout: 30_000,
    })
    .toBe(true);
  // With the worker in between, the server still reads the balance for the first paint.
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/")) asked.push(request.url());
  });
  await page.reload();
  await expect(page.getByTestId("balance")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual([]);
  const kept = await page.evaluate(async () => (await caches.keys()).length);
  expect(kept).toBe(0);

  await context.setOffline(true);
  await expect(page.getByText(/Could not refresh/)).toBeVisible();
  await page.goto("/deposits");
  await expect(page.getByText("No network")).toBeVisible();
  await expect(page.getByText("Hakuna mtandao")).toBeVisible();
  await expect(page.getByText(/do not pay again/)).toBeVisible();

  await context.setOffline(false);
  await page.getByRole("link", { name: /Try again/ }).click();
  await expect(page).toHaveURL("/deposits");
  await expect(page.getByRole("heading", { name: "Activity" })).toBeVisible();
});
