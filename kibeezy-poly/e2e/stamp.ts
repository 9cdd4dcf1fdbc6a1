/**
 * Test money must not be mistaken for real money: checks that the environment is shown on the
 * log-in page, on the wallet and above the sheet.
 */
import type { Locator } from "@playwright/test";
import { commonMessages } from "@/lib/commonMessages";
import { expect, logIn, openForm, test } from "./customer";

export function tellOfStamp(environment: "mock" | "sandbox"): void {
  const { en } = commonMessages[environment === "mock" ? "environmentMock" : "environmentSandbox"];

  test(`the stamp of ${environment} is in sight on log in, wallet and sheet`, async ({ page }) => {
    const expectStamp = async (where: Locator) => {
      const stamp = where.locator(`[data-environment=${environment}]`);
      await expect(stamp).toHaveText(en);
      await expect(stamp).toBeInViewport({ ratio: 1 });
    };
    await page.goto("/login");
    await expectStamp(page.getByRole("complementary"));
    await logIn(page);
    await expectStamp(page.getByRole("complementary"));
    await expectStamp(await openForm(page));
  });
}
