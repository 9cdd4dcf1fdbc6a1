/** The virtual phone's page, operated beside the app; outcomes.spec.ts checks what the sheet shows. */
import { deposit, expect, expectBalance, logIn, readBalance, test, title } from "../customer";
import { enterPin, openPhone, pressOnPrompt } from "./phone";

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test("paid with the PIN: the money is in the wallet and the SMS on the phone", async ({
  page,
  context,
}) => {
  const before = await readBalance(page);
  const phone = await openPhone(context);
  await page.bringToFront();
  await deposit(page, 500);
  await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();

  await enterPin(phone, "1234");

  await expect(phone.getByText(/Confirmed\. Ksh500\.00 sent to/).first()).toBeVisible();
  await page.bringToFront();
  await expect(title(page, "KSh 500 added")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await expectBalance(page, before + 500);
});

const ENDINGS = [
  { amount: 301, press: "Cancel", name: "The request was cancelled", money: /No money/ },
  { amount: 302, press: "Wrong PIN", name: "The PIN was not right", money: /No money/ },
  // A query may still say otherwise, so the page does not say that it failed.
  {
    amount: 303,
    press: "Lose network",
    name: "We could not reach your phone",
    money: /If M\u2011PESA took money/,
  },
];

for (const { amount, press, name, money } of ENDINGS) {
  test(`"${press}" on the phone ends with "${name}", and the balance stays`, async ({
    page,
    context,
  }) => {
    const before = await readBalance(page);
    const phone = await openPhone(context);
    await page.bringToFront();
    const sheet = await deposit(page, amount);
    await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();

    await pressOnPrompt(phone, press);

    await page.bringToFront();
    await expect(title(page, name)).toBeVisible();
    await expect(sheet.getByText(money)).toHaveCount(1);
    expect(await readBalance(page)).toBe(before);
  });
}
