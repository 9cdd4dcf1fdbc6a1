/** Scenes of payments by hand: the paybill's numbers, claims, and the question before a prompt. */
import type { Page } from "@playwright/test";
import { http, HttpResponse } from "msw";
import type { ClaimAnswer } from "@/features/paybill/api";
import type { HandView } from "@/features/paybill/handMessages";
import { buildClaim, buildTransaction, envelope, PAYBILL } from "@/test/handlers";
import type { Say } from "../say";
import { NOW, type Scene } from "./scene";

const CODE = "UKP7HNP31T";
const SMS = `${CODE} Confirmed. Ksh650.00 sent to KIBEEZY for account 2480159763 on 25/11/26 at 11:20 AM New M-PESA balance is Ksh9,876.00. Transaction cost, Ksh0.00.`;

const at = (offsetS: number) => new Date(NOW + offsetS * 1000).toISOString();

const enabled = http.get("*/api/payments/paybill/", () => HttpResponse.json(PAYBILL));

const answer = (body: ClaimAnswer) =>
  http.post("*/api/payments/claims/", () => HttpResponse.json(body));

const CHECKING = answer({
  outcome: "checking",
  customer_message: "We are looking for this payment. Do not pay again.",
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const heading = (page: Page, name: string | RegExp) =>
  page.getByRole("dialog").getByRole("heading", { name });

async function openWallet(page: Page, say: Say): Promise<void> {
  await button(page, say.wallet("otherWays")).click();
}

async function openNumbers(page: Page, say: Say): Promise<void> {
  await openWallet(page, say);
  await heading(page, say.paybill("lead")).waitFor();
}

async function openClaim(page: Page, say: Say): Promise<void> {
  await openNumbers(page, say);
  await button(page, say.paybill("iHavePaid")).click();
  await page.getByLabel(say.paybill("claimLabel")).waitFor();
}

const paste = (text: string) => async (page: Page, say: Say) => {
  await openClaim(page, say);
  await page.getByLabel(say.paybill("claimLabel")).fill(text);
};

const send = (text: string) => async (page: Page, say: Say) => {
  await paste(text)(page, say);
  await page.getByRole("dialog").locator("button[type=submit]").click();
};

async function openForm(page: Page, say: Say): Promise<void> {
  await button(page, say.wallet("deposit")).click();
  await page.getByLabel(say.deposit("amount")).waitFor();
}

const scene = (name: string, changes: Partial<Scene> & Pick<Scene, "shows">): Scene => ({
  name,
  path: "/wallet",
  ...changes,
  answers: [enabled, ...(changes.answers ?? [])],
});

/** A deposit under way, whose sheet is open. */
const underWay = (changes: Parameters<typeof buildTransaction>[0]): Partial<Scene> => ({
  transactions: [
    buildTransaction({
      created_at: at(-20),
      updated_at: at(-20),
      customer_message: "",
      prompt_expires_at: null,
      next_poll_after: 30,
      ...changes,
    }),
  ],
  stored: {
    key: "a-deposit-of-the-scenes",
    amount: 500,
    startedAt: at(-20),
    newestIdBefore: 0,
    sent: true,
    transactionId: 41,
    minimised: false,
    earlier: [],
  },
});

const ended = (name: string, outcome: "credited" | "already_credited"): Scene =>
  scene(name, {
    answers: [answer({ outcome, transaction_id: 99 })],
    act: send(SMS),
    shows: (page, say) => page.getByRole("link", { name: say.paybill("toDeposit") }),
  });

const NUMBERS: Scene[] = [
  scene("paybill-numbers", {
    act: openNumbers,
    shows: (page) => page.getByText("174379"),
  }),
  scene("paybill-numbers-selected", {
    ...underWay({ status: "FAILED", result_code: "1032", retry_after: null }),
    act: async (page, say) => {
      await button(page, say.hand("paybill")).click();
      await page.evaluate(() => {
        Object.defineProperty(navigator, "clipboard", {
          value: { writeText: () => Promise.reject(new Error("Not allowed.")) },
        });
      });
      const what = say.paybill("amount");
      await button(page, say.paybill("copyNamed", { what })).click();
    },
    shows: (page, say) => page.locator("p:not([role])", { hasText: say.paybill("selectedHow") }),
  }),
  scene("paybill-wait-first", {
    ...underWay({ prompt_expires_at: at(48) }),
    act: async (page, say) => {
      await button(page, say.hand("noPrompt")).click();
    },
    shows: (page, say) => heading(page, say.paybill("waitTitle")),
  }),
  scene("paybill-identity-first", {
    answers: [
      http.get("*/api/payments/limits/", () =>
        HttpResponse.json({
          identity_required: true,
          tier: "basic",
          min_amount: 1,
          max_amount: 150_000,
          daily_limit: 500_000,
          own_daily_limit: null,
          used_today: 0,
          remaining_today: 500_000,
          weekly_limit: null,
          remaining_this_week: null,
        }),
      ),
    ],
    act: openWallet,
    shows: (page, say) => page.getByRole("link", { name: say.paybill("toIdentity") }),
  }),
  scene("paybill-break", {
    answers: [
      http.get("*/api/limits/", () =>
        HttpResponse.json({
          daily_cap: null,
          weekly_cap: null,
          pending: null,
          paused_until: at(86_400),
          excluded_until: null,
        }),
      ),
    ],
    act: openWallet,
    shows: (page, say) => page.getByRole("link", { name: say.paybill("toLimits") }),
  }),
];

const CLAIMS: Scene[] = [
  scene("claim-empty", {
    act: openClaim,
    shows: (page, say) => page.getByLabel(say.paybill("claimLabel")),
  }),
  scene("claim-found", {
    act: paste(SMS),
    shows: (page) => page.locator("strong", { hasText: CODE }),
  }),
  scene("claim-doubtful", {
    act: paste(
      "TKP7HNP31T Confirmed. Ksh650.00 sent to EXAMPLE LTD for account 1 on 24/11/26 at 11:20 AM",
    ),
    shows: (page, say) => page.getByRole("button", { name: say.paybill("findAnyway") }),
  }),
  scene("claim-no-code", {
    act: send("hello"),
    shows: (page) => page.getByRole("alert"),
  }),
  scene("claim-refused", {
    answers: [
      http.post("*/api/payments/claims/", () =>
        envelope(429, "rate_limited", "", { customer_message: null, retry_after: 3600 }),
      ),
    ],
    act: send(CODE),
    shows: (page) => page.getByRole("alert"),
  }),
  scene("claim-checking", {
    answers: [CHECKING],
    act: send(SMS),
    shows: (page, say) => heading(page, say.paybill("checkingTitle", { code: CODE })),
  }),
  scene("claim-noted", {
    answers: [CHECKING],
    act: async (page, say) => {
      await send(SMS)(page, say);
      await heading(page, say.paybill("checkingTitle", { code: CODE })).waitFor();
      await button(page, say.deposit("close")).click();
      await openForm(page, say);
    },
    shows: (page, say) => button(page, say.paybill("checkingTitle", { code: CODE })),
  }),
  scene("claim-closed", {
    answers: [
      CHECKING,
      http.get("*/api/payments/claims/", () =>
        HttpResponse.json({
          next: null,
          previous: null,
          results: [
            buildClaim({
              receipt: CODE,
              status: "closed",
              customer_message: "Our team has looked into this payment.",
              reason: "It was paid to another business; ask them for it.",
            }),
          ],
        }),
      ),
    ],
    // The page asks again after a moment.
    act: send(SMS),
    shows: (page, say) => heading(page, say.paybill("closedTitle", { code: CODE })),
  }),
  ended("claim-already-credited", "already_credited"),
  ended("claim-credited", "credited"),
];

const ASK: Scene[] = [
  scene("ask-before-prompt", {
    act: async (page, say) => {
      await openNumbers(page, say);
      await button(page, say.paybill("back")).click();
      await page.getByLabel(say.deposit("amount")).fill("500");
      await page.getByRole("dialog").locator("button[type=submit]").click();
      const name = say.deposit("submitAmount", { amount: "KSh 500" }).replace(/\s/g, "\\s");
      await page
        .getByRole("dialog")
        .getByRole("button", { name: new RegExp(`^${name}`) })
        .click();
    },
    shows: (page, say) => page.getByRole("button", { name: say.paybill("askSend") }),
  }),
];

/** The compiler rejects a view without a scene. */
const VIEWS: Record<HandView, Scene[]> = { paybill: NUMBERS, claim: CLAIMS, ask: ASK };

export const HAND_SCENES: Scene[] = [
  scene("wallet-other-ways", {
    shows: (page, say) => button(page, say.wallet("otherWays")),
  }),
  scene("awaiting-pin-by-hand", {
    ...underWay({ prompt_expires_at: at(48) }),
    shows: (page, say) => button(page, say.hand("noPrompt")),
  }),
  scene("awaiting-pin-asking", {
    ...underWay({ prompt_expires_at: at(48) }),
    act: async (page, say) => {
      await button(page, say.hand("noPrompt")).waitFor();
      await button(page, say.deposit("pinEntered")).click();
    },
    shows: (page, say) => button(page, say.deposit("pinAsking")),
  }),
  scene("checking-by-hand", {
    ...underWay({ retry_after: null }),
    shows: (page, say) => button(page, say.hand("claim")),
  }),
  scene("failed-by-hand", {
    ...underWay({ status: "FAILED", result_code: "1037", retry_after: null }),
    shows: (page, say) => button(page, say.hand("paybill")),
  }),
  ...Object.values(VIEWS).flat(),
];
