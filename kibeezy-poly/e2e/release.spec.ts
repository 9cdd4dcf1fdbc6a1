/** A release while the page is open: the code that it loads on demand is gone. */
import { expect, signUp, test } from "./customer";

test("a tap on Deposit after a release opens the form in the new build", async ({ page }) => {
  // A new customer has no identity yet: here the API says that they may deposit all the same. The
  // page asks it itself, since it is not loaded but navigated to.
  await page.route("**/api/payments/limits/", async (route) => {
    const response = await route.fetch();
    const limits = (await response.json()) as object;
    await route.fulfill({ response, json: { ...limits, refused_by: null, most_now: 150_000 } });
  });
  // Nor have they an earlier deposit, for which the page would have loaded the form by now.
  await signUp(page);
  // Nor may the mouse rest on the button: that loads the form, too.
  await page.mouse.move(0, 0);
  let released = true;
  await page.route("**/_next/static/**", (route) =>
    released ? route.fulfill({ status: 404, body: "" }) : route.continue(),
  );
  await page.route("**/build", (route) => route.fulfill({ body: "of-the-release" }));
  page.on("framenavigated", () => {
    released = false;
  });
  const loads = page.waitForEvent("load");

  await page.getByRole("button", { name: "Deposit", exact: true }).click();

  await loads;
  await expect(page.getByRole("dialog").getByLabel("Amount in KSh")).toBeVisible();
  // The new build may be asking for the limits while the test ends.
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
