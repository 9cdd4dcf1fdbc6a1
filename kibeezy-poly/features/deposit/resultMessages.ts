/**
 * Titles of deposits that were not completed, by M-PESA's result code or by our API's error code.
 */
import type { Catalogue, Sentence } from "@/lib/text";

export const resultMessages = {
  title_noFunds: { en: "Not enough money in M-PESA", sw: "Pesa haitoshi kwenye M-PESA" },
  title_tooSmall: { en: "Below M-PESA's minimum", sw: "Chini ya kiwango cha M-PESA" },
  title_tooLarge: {
    en: "Over M-PESA's limit for one payment",
    sw: "Umezidi kikomo cha M-PESA cha kila malipo",
  },
  title_dayLimit: {
    en: "Over your M-PESA limit for today",
    sw: "Umezidi kikomo chako cha M-PESA cha leo",
  },
  title_ourLimit: {
    en: "We cannot receive this right now",
    sw: "Hatuwezi kupokea malipo haya kwa sasa",
  },
  title_sameAmount: {
    en: "The same amount again, too soon",
    sw: "Kiasi kilekile tena, mapema mno",
  },
  title_busy: { en: "Another M-PESA request is open", sw: "Kuna ombi lingine la M-PESA" },
  title_expired: { en: "Time ran out", sw: "Muda umeisha" },
  title_notSent: { en: "The prompt could not be sent", sw: "Ombi halikuweza kutumwa" },
  title_cancelled: { en: "The request was cancelled", sw: "Ombi lilighairiwa" },
  title_unreachable: { en: "We could not reach your phone", sw: "Simu yako haikupatikana" },
  title_wrongPin: { en: "The PIN was not right", sw: "PIN haikuwa sahihi" },
  title_pinLocked: { en: "Your M-PESA PIN is locked", sw: "PIN yako ya M-PESA imefungwa" },
  title_declined: { en: "M-PESA declined the payment", sw: "M-PESA imekataa malipo" },
  title_provider: { en: "M-PESA is slow", sw: "M-PESA inachelewa kwa sasa" },
  title_unknown: { en: "The deposit did not go through", sw: "Muamala haukufaulu" },
  title_notStarted: {
    en: "The deposit could not be started",
    sw: "Muamala haukuweza kuanzishwa",
  },
  title_serviceAway: { en: "We cannot reach our service", sw: "Hatuwezi kufikia huduma yetu" },
  title_kyc: { en: "First, confirm who you are", sw: "Kwanza, thibitisha wewe ni nani" },
  title_excluded: { en: "You are in a cool-off", sw: "Uko kwenye mapumziko" },
  title_ownLimit: { en: "This is over your limit", sw: "Hii imezidi kikomo chako" },
  title_review: { en: "We need to look at this first", sw: "Tunahitaji kuangalia hili kwanza" },
  title_denied: { en: "We cannot take this deposit", sw: "Hatuwezi kupokea muamala huu" },
  title_blocked: {
    en: "Your account is closed for deposits",
    sw: "Akaunti yako imefungwa kuweka pesa",
  },
  title_tooOften: { en: "Too many attempts for now", sw: "Umejaribu mara nyingi mno kwa sasa" },
  title_phone: { en: "This number cannot get a prompt", sw: "Nambari hii haiwezi kupata ombi" },
} satisfies Catalogue;

type Name = keyof typeof resultMessages;
/** Why no money reached the wallet, as the key of a title in this catalogue and of an advice in adviceMessages.ts. */
export type Outcome =
  Extract<Name, `title_${string}`> extends `title_${infer Found}` ? Found : never;

const RESULTS: Record<string, Outcome | undefined> = {
  "1": "noFunds",
  "2": "tooSmall",
  "3": "tooLarge",
  "4": "dayLimit",
  "8": "ourLimit",
  "17": "sameAmount",
  "26": "provider",
  "1001": "busy",
  "1019": "expired",
  "1025": "notSent",
  "1031": "cancelled",
  "1032": "cancelled",
  "1036": "unreachable",
  "1037": "unreachable",
  "2001": "wrongPin",
  "2006": "declined",
  "2026": "declined",
  "8006": "pinLocked",
  E3008: "declined",
  mpesa_authentication_failed: "notStarted",
  mpesa_busy: "provider",
  mpesa_rejected: "notStarted",
  mpesa_unavailable: "provider",
  subscriber_busy: "busy",
};

const REJECTIONS: Record<string, Outcome | undefined> = {
  account_blocked: "blocked",
  api_unreachable: "serviceAway",
  invalid_phone_number: "phone",
  kyc_required: "kyc",
  limit_exceeded: "ownLimit",
  rate_limited: "tooOften",
  risk_denied: "denied",
  risk_review: "review",
  self_excluded: "excluded",
  subscriber_busy: "busy",
};

const find = (table: Record<string, Outcome | undefined>, code: string) =>
  Object.hasOwn(table, code) ? table[code] : undefined;

/**
 * The outcome for M-PESA's result code; a code that is not listed gets the general text
 * ("unknown").
 */
export function findOutcome(resultCode: string | null): Outcome {
  return find(RESULTS, resultCode ?? "") ?? "unknown";
}

/**
 * The outcome for an error code of our API; a code that is not listed means that no push was sent
 * ("notStarted").
 */
export function findRejection(code: string): Outcome {
  return find(REJECTIONS, code) ?? "notStarted";
}

export function getTitle(outcome: Outcome): Sentence {
  return resultMessages[`title_${outcome}`];
}
