/** Every outcome of a deposit, in both languages, on a slow phone: what is said, and what became of the money. */
import type { Locator, Page } from "@playwright/test";
import { adviceMessages } from "@/features/deposit/adviceMessages";
import { type Outcome, findOutcome } from "@/features/deposit/resultMessages";
import type { Language } from "@/lib/language";
import { keepName } from "@/lib/text";
import type { Say } from "../say";
import { deposit, expect, expectChecking, expectDone, expectMoney, test, title } from "./customer";
import { answerPrompt, arm, control, endWith, keepMpesaUnsure, letMpesaKnow } from "./simulator";

type Failure = {
  code: string;
  amount: number;
  outcome: Outcome;
  /** What causes it, before the request and after it. */
  prepare?: (msisdn: string) => Promise<unknown>;
  happens: (msisdn: string) => Promise<unknown>;
  /** A later query may contradict it: it is not known whether money moved, and no sentence denies it. */
  moneyUnknown?: boolean;
  way: "tryAgain" | "changeAmount";
  /** What is offered beside the main button for this cause. */
  offers?: (sheet: Locator, say: Say) => Locator;
};

const change = (msisdn: string, changes: object) =>
  control("PATCH", `/customers/${msisdn}`, changes);

const smallerAmount = (sheet: Locator) =>
  sheet.getByRole("button", { name: "KSh 200", exact: true });

const FAILURES: Failure[] = [
  {
    code: "1032",
    amount: 410,
    outcome: "cancelled",
    happens: (msisdn) => answerPrompt(msisdn, "cancel"),
    way: "tryAgain",
  },
  {
    code: "2001",
    amount: 411,
    outcome: "wrongPin",
    happens: (msisdn) => answerPrompt(msisdn, "wrong_pin"),
    way: "tryAgain",
  },
  {
    code: "1",
    amount: 412,
    outcome: "noFunds",
    prepare: (msisdn) => change(msisdn, { balance: 100 }),
    happens: (msisdn) => answerPrompt(msisdn, "pin"),
    way: "changeAmount",
    offers: smallerAmount,
  },
  {
    code: "1037",
    amount: 413,
    outcome: "unreachable",
    happens: (msisdn) => answerPrompt(msisdn, "unreachable"),
    moneyUnknown: true,
    way: "tryAgain",
    offers: (sheet, say) => sheet.getByText(say.from(adviceMessages)("check_unreachable_sim")),
  },
  {
    code: "1019",
    amount: 414,
    outcome: "expired",
    prepare: () => control("PATCH", "/settings", { expiry_code: "1019" }),
    happens: (msisdn) => answerPrompt(msisdn, "expire"),
    moneyUnknown: true,
    way: "tryAgain",
  },
  {
    code: "8006",
    amount: 415,
    outcome: "pinLocked",
    prepare: (msisdn) => change(msisdn, { locked: true }),
    happens: (msisdn) => answerPrompt(msisdn, "pin"),
    way: "tryAgain",
    offers: (sheet) => sheet.getByRole("link", { name: "Safaricom 100" }),
  },
  ...(["2", "3", "4", "8"] as const).map((code): Failure => ({
    code,
    amount: 416,
    outcome: findOutcome(code),
    happens: (msisdn) => endWith(msisdn, code),
    way: "changeAmount",
  })),
  {
    code: "1025",
    amount: 417,
    outcome: "notSent",
    happens: (msisdn) => endWith(msisdn, "1025"),
    way: "tryAgain",
  },
  {
    code: "9999",
    amount: 418,
    outcome: "unknown",
    happens: (msisdn) => endWith(msisdn, "9999"),
    moneyUnknown: true,
    way: "tryAgain",
  },
];

/** Sentences of the server. */
const NOT_AGAIN = { en: /Do not pay again/, sw: /Usilipe tena/ };
const NOT_LOST = {
  en: /(added|add it) automatically/,
  sw: /itaongezwa yenyewe|zitaongezwa zenyewe/,
};
const NOT_CHARGED = { en: /Nothing was charged/, sw: /Hujatozwa/ };

const NOTHING = { paid: 0, credited: 0, prompts: 1 };

/** The server's sentence, in the language of the request. */
async function readServersWords(page: Page, language: Language) {
  const headers = { "Accept-Language": language };
  const answer = await page.request.get("/api/payments/transactions/", { headers });
  const { results } = (await answer.json()) as {
    results: { result_code: string; customer_message: string }[];
  };
  const { result_code, customer_message } = results[0]!;
  return { result_code, customer_message: keepName(customer_message) };
}

for (const language of ["en", "sw"] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    for (const { code, amount, outcome, ...scenario } of FAILURES) {
      test(`${code} ends as ${outcome}, and nothing is taken`, async ({ page, customer }) => {
        const { msisdn, say } = customer;
        await scenario.prepare?.(msisdn);
        const sheet = await deposit(page, say, amount);
        await scenario.happens(msisdn);

        await expect(title(page, say.result(`title_${outcome}`))).toBeVisible();
        const told = await readServersWords(page, language);
        expect(told.result_code).toBe(code);
        const isDoubtful = scenario.moneyUnknown === true;
        const advice = say.from(adviceMessages);
        // Of a code that the page does not know, only the server tells what happened to the money.
        if (outcome === "unknown") {
          await expect(sheet.getByText(told.customer_message)).toBeVisible();
          await expect(sheet.getByText(say.deposit("nothingMoved"))).toHaveCount(0);
        } else {
          const [none, maybe] = [say.deposit("nothingMoved"), advice("maybeMoved")];
          await expect(sheet.getByText(none)).toHaveCount(isDoubtful ? 0 : 1);
          await expect(sheet.getByText(maybe)).toHaveCount(isDoubtful ? 1 : 0);
        }
        const way = isDoubtful ? advice("notPaidTryAgain") : say.deposit(scenario.way);
        await expect(sheet.getByRole("button", { name: way })).toBeVisible();
        if (scenario.offers) await expect(scenario.offers(sheet, say)).toBeVisible();
        await expectMoney(page, customer, NOTHING);
      });
    }

    test("paid: the server's amount, M-PESA's code and the new balance", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      const sheet = await deposit(page, say, 1500);
      await expect(title(page, say.deposit("pinTitle"))).toBeVisible();
      await expect(sheet.getByText(say.deposit("pinMoney"))).toBeVisible();
      await answerPrompt(msisdn, "pin");

      await expectDone(page, say, 1500);
      const { payments } = (await control("GET", `/book/${msisdn}`)) as {
        payments: { receipt: string }[];
      };
      await expect(sheet.getByText(payments[0]!.receipt)).toBeVisible();
      await expect(sheet.getByText("KSh 1,500.00")).toBeVisible();
      await expectMoney(page, customer, { paid: 1500, credited: 1500, prompts: 1 });
    });

    test("another request is open on the phone: a timer, and no prompt", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      await arm(msisdn, "push.lock_subscriber");
      const sheet = await deposit(page, say, 420);

      await expect(title(page, say.result("title_busy"))).toBeVisible();
      await expect(
        sheet.getByText(NOT_CHARGED[language]).or(sheet.getByText(say.deposit("nothingMoved"))),
      ).toHaveCount(1);
      const again = sheet.getByRole("button", { name: say.deposit("tryAgain") });
      await expect(again).toHaveAttribute("aria-disabled", "true");
      await expect(again).toContainText(/\d:\d\d/);
      await expectMoney(page, customer, { ...NOTHING, prompts: 0 });
    });

    test("M-PESA is down: no prompt, and the page can watch for it", async ({ page, customer }) => {
      const { msisdn, say } = customer;
      await arm(msisdn, "push.system_busy");
      const sheet = await deposit(page, say, 421);

      await expect(title(page, say.deposit("downTitle"))).toBeVisible();
      await expect(
        sheet.getByText(NOT_CHARGED[language]).or(sheet.getByText(say.deposit("nothingMoved"))),
      ).toHaveCount(1);
      await expect(sheet.getByText(say.from(adviceMessages)("downNow"))).toBeVisible();
      await expect(
        sheet.getByRole("button", { name: say.from(adviceMessages)("watch") }),
      ).toBeVisible();
      await expectMoney(page, customer, { ...NOTHING, prompts: 0 });
    });

    test("still confirming says not to pay again, and is credited later", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      await keepMpesaUnsure(msisdn);
      const sheet = await deposit(page, say, 422);
      await answerPrompt(msisdn, "pin");

      await expectChecking(page, say);
      // Only the server tells whether money moved, and its sentence changes during the wait.
      await expect(sheet.getByText(NOT_LOST[language]).first()).toBeVisible();
      await expect(sheet.getByText(NOT_AGAIN[language]).first()).toBeVisible();
      await letMpesaKnow(msisdn);
      await expectDone(page, say, 422);
      await expectMoney(page, customer, { paid: 422, credited: 422, prompts: 1 });
    });

    test("M-PESA's answer to the request is lost: it is not sent again, and is found", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      await arm(msisdn, "push.drop_answer");
      await deposit(page, say, 423);
      await answerPrompt(msisdn, "pin");

      await expectDone(page, say, 423);
      await expectMoney(page, customer, { paid: 423, credited: 423, prompts: 1 });
    });

    test("another amount than asked for: our team looks at it, with a case number", async ({
      page,
      customer,
    }) => {
      const { msisdn, say } = customer;
      await arm(msisdn, "callback.wrong_amount");
      // The confirmation would tell the right amount, and whichever came first would count.
      await arm(msisdn, "c2b.lose");
      const sheet = await deposit(page, say, 424);
      await answerPrompt(msisdn, "pin");

      await expect(title(page, say.deposit("reviewTitle"))).toBeVisible({ timeout: 30_000 });
      const told = await readServersWords(page, language);
      await expect(sheet.getByText(told.customer_message)).toBeVisible();
      await expect(sheet.getByText(NOT_AGAIN[language])).toHaveCount(1);
      await expect(sheet.getByText(say.deposit("reviewNow"))).toBeVisible();
      await expect(sheet.getByText(say.deposit("caseNumber"), { exact: true })).toBeVisible();
      await expectMoney(page, customer, { paid: 424, credited: 0, prompts: 1 });
    });
  });
}
