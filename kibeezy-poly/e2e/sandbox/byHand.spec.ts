/** Payments by hand: the customer enters the page's numbers in M-PESA's menu. */
import type { Page } from "@playwright/test";
import { expect, expectMoney, test, title } from "./customer";
import { arm, control } from "./simulator";

for (const language of ["en", "sw"] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test("money paid with the page's numbers is in the wallet, with its receipt", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      const copied = await listenForCopies(page);
      await page.getByRole("button", { name: say.wallet("otherWays") }).click();
      const sheet = page.getByRole("dialog");
      await expect(title(page, say.hand("paybill"))).toBeVisible();
      for (const what of [say.paybill("businessNumber"), say.paybill("accountNumber")])
        await sheet
          .getByRole("button", { name: say.paybill("copyNamed", { what }) })
          .click({ timeout: 30_000 });
      const [shortcode, account_reference] = await copied();
      expect(shortcode).toBe("174379");
      expect(account_reference).toMatch(/^\d{10}$/);

      const amount = 650;
      await control("POST", `/customers/${msisdn}/pay`, {
        amount,
        account_reference,
        shortcode,
        pin: "1234",
      });

      await expect(async () => {
        await page.reload();
        await expect(page.getByTestId("balance")).toHaveText("KSh 650.00", { timeout: 10_000 });
      }).toPass({ timeout: 60_000 });
      const row = page.getByRole("listitem").filter({ hasText: "+KSh 650" });
      await expectMoney(page, customer, { paid: amount, credited: amount, prompts: 0 });
      await row.getByRole("link").click();
      await expect(page.getByText(/^[A-Z]{2}[A-Z0-9]{8}$/).first()).toBeVisible();
    });

    test("money paid to one's phone number waits, and is found by the SMS", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      const amount = 320;
      // Our validation would reject the account number: M-PESA cannot reach it this time.
      await arm(msisdn, "validation.unreachable");
      await control("POST", `/customers/${msisdn}/pay`, {
        amount,
        account_reference: `0${msisdn.slice(3)}`,
        shortcode: "174379",
        pin: "1234",
      });
      await expectMoney(page, customer, { paid: amount, credited: 0, prompts: 0 });

      await page.getByRole("button", { name: say.wallet("otherWays") }).click();
      await page.getByRole("button", { name: say.paybill("iHavePaid") }).click();
      await page.getByLabel(say.paybill("claimLabel")).fill(await readSms(msisdn));
      await page.getByRole("dialog").locator("button[type=submit]").click();

      await expect(
        title(page, say.deposit("doneTitle", { amount: `KSh\u00a0${String(amount)}` })),
      ).toBeVisible({ timeout: 30_000 });
      await expectMoney(page, customer, { paid: amount, credited: amount, prompts: 0 });
    });
  });
}

/** The newest SMS on the customer's phone. */
async function readSms(msisdn: string): Promise<string> {
  const { messages } = (await control("GET", `/customers/${msisdn}`)) as {
    messages: { text: string }[];
  };
  const [newest] = messages;
  if (newest === undefined) throw new Error(`No SMS has reached ${msisdn}.`);
  return newest.text;
}

/** Records what the page copies, since the browser of the tests has no clipboard of its own. */
async function listenForCopies(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const copies: string[] = [];
    Object.defineProperty(navigator, "clipboard", {
      value: {
        writeText: (text: string) => {
          copies.push(text);
          return Promise.resolve();
        },
      },
    });
    Object.assign(window, { copies });
  });
  return () => page.evaluate(() => (window as unknown as { copies: string[] }).copies);
}
