/** M-Pesa's result codes in the customer's words; an unknown one gets the safe general text. */
import type { Catalogue, Sentence } from "@/lib/messages/text";

export type ResultAction = "again" | "changeAmount";

export const resultMessages = {
  title_1: { en: "Not enough money in M-Pesa", sw: "Pesa haitoshi kwenye M-Pesa" },
  next_1: {
    en: "Add money to M-Pesa, or choose a smaller amount.",
    sw: "Ongeza pesa kwenye M-Pesa, au chagua kiasi kidogo.",
  },
  title_1001: { en: "Another M-Pesa request is open", sw: "Kuna ombi lingine la M-Pesa" },
  next_1001: {
    en: "Finish or cancel it on your phone, then try again.",
    sw: "Limalize au lighairi kwenye simu, kisha ujaribu tena.",
  },
  title_1019: { en: "The prompt ran out of time", sw: "Muda wa ombi umekwisha" },
  next_1019: {
    en: "Try again and enter your PIN when the prompt shows.",
    sw: "Jaribu tena na uweke PIN ombi likionekana.",
  },
  title_1025: { en: "The prompt could not be sent", sw: "Ombi halikuweza kutumwa" },
  next_1025: { en: "Wait a moment, then try again.", sw: "Subiri kidogo, kisha ujaribu tena." },
  title_1032: { en: "You cancelled the request", sw: "Ulighairi ombi" },
  next_1032: {
    en: "Try again if you still want to deposit.",
    sw: "Jaribu tena kama bado unataka kuweka pesa.",
  },
  title_1037: { en: "Your phone could not be reached", sw: "Simu yako haikupatikana" },
  next_1037: {
    en: "Check that the phone is on and has signal. An old SIM may need an update: dial *234*1*6#.",
    sw: "Hakikisha simu imewashwa na ina mtandao. SIM ya zamani huenda ihitaji kusasishwa: piga *234*1*6#.",
  },
  title_2001: { en: "The PIN was not right", sw: "PIN haikuwa sahihi" },
  next_2001: {
    en: "Try again with your M-Pesa PIN. We never see it.",
    sw: "Jaribu tena na PIN yako ya M-Pesa. Sisi hatuioni.",
  },
  title_8006: { en: "Your M-Pesa PIN is locked", sw: "PIN yako ya M-Pesa imefungwa" },
  next_8006: {
    en: "Call Safaricom on 100 to unlock it, then try again.",
    sw: "Piga Safaricom 100 ifunguliwe, kisha ujaribu tena.",
  },
  title_limit: { en: "This is over an M-Pesa limit", sw: "Kiasi hiki kimezidi kikomo cha M-Pesa" },
  next_limit: {
    en: "Choose another amount, or try again tomorrow.",
    sw: "Chagua kiasi kingine, au jaribu tena kesho.",
  },
  title_unknown: { en: "The deposit did not go through", sw: "Muamala haukufaulu" },
  next_unknown: {
    en: "Try again later. If M-Pesa sent you an SMS that you paid, keep it: we check and add it.",
    sw: "Jaribu tena baadaye. Kama M-Pesa ilikutumia SMS kwamba ulilipa, itunze: tutaangalia na kuiongeza.",
  },
} satisfies Catalogue;

const OVER_LIMIT = new Set(["2", "3", "4", "8"]);
const CHANGE_AMOUNT = new Set(["1", ...OVER_LIMIT]);

export type ResultText = { title: Sentence; next: Sentence; action: ResultAction };

export function getResultText(resultCode: string | null): ResultText {
  const name =
    resultCode !== null && OVER_LIMIT.has(resultCode) ? "limit" : (resultCode ?? "unknown");
  const messages: Record<string, Sentence | undefined> = resultMessages;
  return {
    title: messages[`title_${name}`] ?? resultMessages.title_unknown,
    next: messages[`next_${name}`] ?? resultMessages.next_unknown,
    action: resultCode !== null && CHANGE_AMOUNT.has(resultCode) ? "changeAmount" : "again",
  };
}
