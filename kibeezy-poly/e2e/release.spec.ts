/** A release while the page is open: the code that it loads on demand is gone. */
import { expect, logIn, test } from "./customer";

test("a tap on Deposit after a release opens the form in the new build", async ({ page }) => {
  await logIn(page);
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
});
