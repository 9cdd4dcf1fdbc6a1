/**
 * Texts for deposits that were not completed, by M-Pesa's result code or by our API's error code.
 */
import type { Catalogue, Sentence } from "@/lib/text";

export const resultMessages = {
  title_noFunds: { en: "Not enough money in M-Pesa", sw: "Pesa haitoshi kwenye M-Pesa" },
  next_noFunds: {
    en: "Add money to M-Pesa, or choose a smaller amount.",
    sw: "Ongeza pesa kwenye M-Pesa, au chagua kiasi kidogo.",
  },
  title_tooSmall: { en: "Below M-Pesa's minimum", sw: "Chini ya kiwango cha M-Pesa" },
  next_tooSmall: {
    en: "M-Pesa takes no payment this small. Choose a larger amount.",
    sw: "M-Pesa haichukui malipo madogo hivi. Chagua kiasi kikubwa zaidi.",
  },
  title_tooLarge: {
    en: "Over M-Pesa's limit for one payment",
    sw: "Umezidi kikomo cha M-Pesa cha malipo moja",
  },
  next_tooLarge: {
    en: "M-Pesa takes up to KSh\u00a0250,000 in one payment. Choose a smaller amount.",
    sw: "M-Pesa inachukua hadi KSh\u00a0250,000 kwa malipo moja. Chagua kiasi kidogo zaidi.",
  },
  title_dayLimit: {
    en: "Over your M-Pesa limit for today",
    sw: "Umezidi kikomo chako cha M-Pesa cha leo",
  },
  next_dayLimit: {
    en: "M-Pesa lets you move up to KSh\u00a0500,000 a day. Choose a smaller amount, or try again tomorrow.",
    sw: "M-Pesa inaruhusu hadi KSh\u00a0500,000 kwa siku. Chagua kiasi kidogo, au jaribu tena kesho.",
  },
  title_ourLimit: {
    en: "We cannot receive this right now",
    sw: "Hatuwezi kupokea malipo haya kwa sasa",
  },
  next_ourLimit: {
    en: "Our own M-Pesa account is at its limit. Try a smaller amount, or try again later.",
    sw: "Akaunti yetu ya M-Pesa imefika kikomo. Jaribu kiasi kidogo, au jaribu tena baadaye.",
  },
  title_sameAmount: {
    en: "The same amount again, too soon",
    sw: "Kiasi kilekile tena, mapema mno",
  },
  next_sameAmount: {
    en: "M-Pesa wants two minutes between two equal payments. Wait, then try again.",
    sw: "M-Pesa inataka dakika mbili kati ya malipo mawili sawa. Subiri, kisha ujaribu tena.",
  },
  title_busy: { en: "Another M-Pesa request is open", sw: "Kuna ombi lingine la M-Pesa" },
  next_busy: {
    en: "Finish or cancel it on your phone. The button below is ready when you can try again.",
    sw: "Limalize au lighairi kwenye simu. Kitufe hapa chini kitafunguka chenyewe ukiweza kujaribu tena.",
  },
  title_expired: { en: "The prompt ran out of time", sw: "Muda wa ombi umekwisha" },
  next_expired: {
    en: "Try again and enter your PIN when the prompt shows.",
    sw: "Jaribu tena na uweke PIN ombi likionekana.",
  },
  title_notSent: { en: "The prompt could not be sent", sw: "Ombi halikuweza kutumwa" },
  next_notSent: {
    en: "Wait a moment, then try again.",
    sw: "Subiri kidogo, kisha ujaribu tena.",
  },
  title_cancelled: { en: "You cancelled the request", sw: "Ulighairi ombi" },
  next_cancelled: {
    en: "Try again if you still want to deposit.",
    sw: "Jaribu tena kama bado unataka kuweka pesa.",
  },
  title_unreachable: { en: "Your phone could not be reached", sw: "Simu yako haikupatikana" },
  next_unreachable: { en: "Check these, then try again:", sw: "Angalia haya, kisha ujaribu tena:" },
  title_wrongPin: { en: "The PIN was not right", sw: "PIN haikuwa sahihi" },
  next_wrongPin: {
    en: "Try again with your M-Pesa PIN. We never see it.",
    sw: "Jaribu tena na PIN yako ya M-Pesa. Sisi hatuioni.",
  },
  title_pinLocked: { en: "Your M-Pesa PIN is locked", sw: "PIN yako ya M-Pesa imefungwa" },
  next_pinLocked: {
    en: "Call Safaricom to unlock it, then try again.",
    sw: "Piga simu Safaricom ifunguliwe, kisha ujaribu tena.",
  },
  title_declined: { en: "M-Pesa declined the payment", sw: "M-Pesa imekataa malipo" },
  next_declined: {
    en: "Safaricom can tell you why: call them, or try again once.",
    sw: "Safaricom wanaweza kukuambia sababu: wapigie, au jaribu tena mara moja.",
  },
  title_provider: { en: "M-Pesa is slow", sw: "M-Pesa ina mwendo wa polepole" },
  next_provider: {
    en: "Wait a moment, then try again.",
    sw: "Subiri kidogo, kisha ujaribu tena.",
  },
  title_unknown: { en: "The deposit did not go through", sw: "Muamala haukufaulu" },
  next_unknown: {
    en: "If M-Pesa sent you an SMS that you paid, keep it and do not pay again.",
    sw: "Kama M-Pesa ilikutumia SMS kwamba ulilipa, itunze na usilipe tena.",
  },
  title_notStarted: {
    en: "The deposit could not be started",
    sw: "Muamala haukuweza kuanzishwa",
  },
  next_notStarted: {
    en: "Nothing was sent to your phone. Please try again.",
    sw: "Hakuna kilichotumwa kwa simu yako. Tafadhali jaribu tena.",
  },
  title_serviceAway: { en: "We cannot reach our service", sw: "Hatuwezi kufikia huduma yetu" },
  next_serviceAway: {
    en: "Nothing was sent. Please try again in a moment.",
    sw: "Hakuna kilichotumwa. Tafadhali jaribu tena baada ya muda mfupi.",
  },
  title_kyc: { en: "First, confirm who you are", sw: "Kwanza, thibitisha wewe ni nani" },
  next_kyc: {
    en: "Send your name, ID number and date of birth. It takes two minutes.",
    sw: "Tuma jina lako, nambari ya kitambulisho na tarehe ya kuzaliwa. Ni dakika mbili tu.",
  },
  title_excluded: { en: "You are taking a break", sw: "Uko kwenye mapumziko" },
  next_excluded: {
    en: "The break that you asked for ends automatically.",
    sw: "Mapumziko uliyoomba yanaisha yenyewe.",
  },
  title_ownLimit: { en: "This is over your limit", sw: "Hii imezidi kikomo chako" },
  next_ownLimit: {
    en: "See below what is still possible.",
    sw: "Angalia hapa chini kiasi ambacho bado kinawezekana.",
  },
  title_review: { en: "We need to look at this first", sw: "Tunahitaji kuangalia hili kwanza" },
  next_review: {
    en: "Contact us with the details below, and we will look at your account.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini, tuangalie akaunti yako.",
  },
  title_denied: { en: "We cannot take this deposit", sw: "Hatuwezi kupokea muamala huu" },
  next_denied: {
    en: "Contact us with the details below if you think that is wrong.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini kama unaona si sawa.",
  },
  title_blocked: {
    en: "Your account is closed for deposits",
    sw: "Akaunti yako imefungwa kuweka pesa",
  },
  next_blocked: {
    en: "Contact us with the details below.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini.",
  },
  title_tooOften: { en: "Too many attempts for now", sw: "Umejaribu mara nyingi mno kwa sasa" },
  next_tooOften: {
    en: "The button below is ready when you can try again.",
    sw: "Kitufe hapa chini kitafunguka chenyewe ukiweza kujaribu tena.",
  },
  title_phone: { en: "This number cannot get a prompt", sw: "Nambari hii haiwezi kupata ombi" },
  next_phone: {
    en: "Change your number on the account page.",
    sw: "Badilisha nambari yako kwenye ukurasa wa akaunti.",
  },
  check_unreachable_on: {
    en: "Is the phone on, and its screen unlocked?",
    sw: "Je, simu imewashwa na skrini imefunguliwa?",
  },
  check_unreachable_signal: {
    en: "Does it have signal, and is the Safaricom SIM in it?",
    sw: "Je, ina mtandao, na laini ya Safaricom iko ndani?",
  },
  check_unreachable_sim: {
    en: "Old SIM? Dial *234*1*6# on it to update its menu.",
    sw: "Laini ya zamani? Piga *234*1*6# kusasisha menyu yake.",
  },
} satisfies Catalogue;

type Name = keyof typeof resultMessages;
/** Why no money reached the wallet, as the key of a title and of advice in this catalogue. */
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
 * The outcome for M-Pesa's result code; a code that is not listed gets the general text
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

export function getNext(outcome: Outcome): Sentence {
  return resultMessages[`next_${outcome}`];
}
