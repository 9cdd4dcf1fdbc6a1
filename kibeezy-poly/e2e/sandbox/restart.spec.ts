/** API and worker are killed while the customer pays: nothing is called failed, and the money arrives once. */
import type { Page } from "@playwright/test";
import { deposit, expect, expectDone, expectMoney, test, title } from "./customer";
import { formatKes } from "@/lib/money";
import type { Say } from "../say";
import { killOurSide, startOurSide } from "./ourSide";
import { answerPrompt, readPrompts } from "./simulator";

declare global {
  // The one way to extend what is declared elsewhere.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Window {
    titlesSeen: Set<string>;
  }
}

/** The sentence up to its time of day. */
function sayingAway(say: Say): string {
  return say.deposit("outage_service", { time: "|" }).split("|")[0]!;
}

/** Records every title that the sheet shows from now on, however briefly. */
async function watchTitles(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.titlesSeen = new Set();
    const look = () => {
      const shown = document.querySelector("dialog[open] h2")?.textContent;
      if (shown) window.titlesSeen.add(shown);
    };
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
}

// A failed scenario must not leave the next one without a running service.
test.afterEach(async ({ page }) => {
  await startOurSide(page.request);
});

for (const language of ["en", "sw"] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test("API and worker are killed and restarted: a status query replaces the lost callback, once", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      const sheet = await deposit(page, say, 630);
      await expect(title(page, say.deposit("pinTitle"))).toBeVisible();
      const code = await sheet.getByText(/^#\d+$/).innerText();
      await watchTitles(page);

      await killOurSide(page.request);
      await answerPrompt(msisdn, "pin");
      // M-PESA's callback found no server, and it is sent only once.
      const failed = async () => (await readPrompts(msisdn))[0]?.callbacks_failed;
      await expect.poll(failed).toBe(1);

      // Seen by the customer before it is announced.
      await expect(sheet.getByText(sayingAway(say)).first()).toBeVisible();
      // Killed before it told the end of the prompt, the service leaves the page waiting for the PIN.
      const pin = title(page, say.deposit("pinTitle"));
      await expect(pin.or(title(page, say.deposit("checkingTitle")))).toBeVisible();
      await expect(sheet.getByText(code)).toBeVisible();
      await startOurSide(page.request);

      await expectDone(page, say, 630);
      const titles = await page.evaluate(() => [...window.titlesSeen]);
      const done = say.deposit("doneTitle", { amount: formatKes(630) });
      const waiting = [say.deposit("pinTitle"), say.deposit("checkingTitle")];
      expect([...waiting, done]).toEqual(expect.arrayContaining(titles));
      const [prompt] = await readPrompts(msisdn);
      expect(prompt).toMatchObject({ callbacks_delivered: 0, callbacks_failed: 1 });
      await expectMoney(page, customer, { paid: 630, credited: 630, prompts: 1 });
    });
  });
}
