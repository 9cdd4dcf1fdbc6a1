/**
 * What to do about a deposit that was not completed. Only the views of such deposits, which are
 * loaded on demand, import this file.
 */
import type { Outcome } from "@/features/deposit/resultMessages";
import type { Catalogue, Sentence } from "@/lib/text";

export const adviceMessages = {
  next_noFunds: {
    en: "Add money to M-PESA, or choose a smaller amount.",
    sw: "Ongeza pesa kwenye M-PESA, au chagua kiasi kidogo.",
  },
  next_tooSmall: {
    en: "M-PESA takes no payment this small. Choose a larger amount.",
    sw: "M-PESA haichukui malipo madogo hivi. Chagua kiasi kikubwa zaidi.",
  },
  next_tooLarge: {
    en: "M-PESA takes up to KSh\u00a0250,000 in one payment. Choose a smaller amount.",
    sw: "M-PESA inachukua hadi KSh\u00a0250,000 kwa kila malipo. Chagua kiasi kidogo zaidi.",
  },
  next_dayLimit: {
    en: "M-PESA lets you move up to KSh\u00a0500,000 a day. Choose a smaller amount, or try again tomorrow.",
    sw: "M-PESA inaruhusu hadi KSh\u00a0500,000 kwa siku. Chagua kiasi kidogo, au jaribu tena kesho.",
  },
  next_ourLimit: {
    en: "Our own M-PESA account is at its limit. Try a smaller amount, or try again later.",
    sw: "Akaunti yetu ya M-PESA imefika kikomo. Jaribu kiasi kidogo, au jaribu tena baadaye.",
  },
  next_sameAmount: {
    en: "M-PESA wants two minutes between two equal payments. Wait, then try again.",
    sw: "M-PESA inataka dakika mbili kati ya malipo mawili sawa. Subiri, kisha ujaribu tena.",
  },
  next_busy: {
    en: "Finish or cancel it on your phone. The button below is ready when you can try again.",
    sw: "Limalize au lighairi kwenye simu. Kitufe hapa chini kitafunguka chenyewe ukiweza kujaribu tena.",
  },
  next_expired: {
    en: "Try again and enter your PIN when the prompt shows.",
    sw: "Jaribu tena na uweke PIN ombi likionekana.",
  },
  next_notSent: {
    en: "Wait a moment, then try again.",
    sw: "Subiri kidogo, kisha ujaribu tena.",
  },
  next_cancelled: {
    en: "Try again when you are ready.",
    sw: "Jaribu tena ukiwa tayari.",
  },
  next_unreachable: { en: "Check these, then try again:", sw: "Angalia haya, kisha ujaribu tena:" },
  next_wrongPin: {
    en: "Try again with your M-PESA PIN. We never see it.",
    sw: "Jaribu tena na PIN yako ya M-PESA. Sisi hatuioni.",
  },
  next_pinLocked: {
    en: "Call Safaricom to unlock it, then try again.",
    sw: "Piga simu Safaricom ifunguliwe, kisha ujaribu tena.",
  },
  next_declined: {
    en: "Safaricom can tell you why: call them, or try again once.",
    sw: "Safaricom wanaweza kukuambia sababu: wapigie, au jaribu tena mara moja.",
  },
  next_provider: {
    en: "Wait a moment, then try again.",
    sw: "Subiri kidogo, kisha ujaribu tena.",
  },
  next_unknown: {
    en: "If M-PESA sent you an SMS that you paid, keep it and do not pay again.",
    sw: "Kama M-PESA ilikutumia SMS kwamba ulilipa, itunze na usilipe tena.",
  },
  next_notStarted: {
    en: "Nothing was sent to your phone. Please try again.",
    sw: "Hakuna kilichotumwa kwa simu yako. Tafadhali jaribu tena.",
  },
  next_serviceAway: {
    en: "Nothing was sent. Please try again in a moment.",
    sw: "Hakuna kilichotumwa. Tafadhali jaribu tena baada ya muda mfupi.",
  },
  next_kyc: {
    en: "Send your name, ID number and date of birth. It takes two minutes.",
    sw: "Tuma jina lako, nambari ya kitambulisho na tarehe ya kuzaliwa. Ni dakika mbili tu.",
  },
  next_excluded: {
    en: "The cool-off that you asked for ends automatically.",
    sw: "Mapumziko uliyoomba yanaisha yenyewe.",
  },
  next_ownLimit: {
    en: "See below what is still possible.",
    sw: "Angalia hapa chini kiasi ambacho bado kinawezekana.",
  },
  next_review: {
    en: "Contact us with the details below, and we will look at your account.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini, tuangalie akaunti yako.",
  },
  next_denied: {
    en: "Contact us with the details below if you think that is wrong.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini kama unaona si sawa.",
  },
  next_blocked: {
    en: "Contact us with the details below.",
    sw: "Wasiliana nasi na maelezo yaliyo hapa chini.",
  },
  next_tooOften: {
    en: "The button below is ready when you can try again.",
    sw: "Kitufe hapa chini kitafunguka chenyewe ukiweza kujaribu tena.",
  },
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
  notPaidTryAgain: { en: "I did not pay: try again", sw: "Sikulipa: jaribu tena" },
  notDeposited: { en: "{amount} was not deposited.", sw: "{amount} haikuwekwa." },
  maybeMoved: {
    en: "If M-PESA took money, it will be added automatically.",
    sw: "Ikiwa M-PESA ilikata pesa, itaongezwa yenyewe.",
  },
  smallerAmounts: { en: "Smaller amounts", sw: "Kiasi kidogo zaidi" },
  downWhat: {
    en: "M-PESA does not take new requests right now. Deposits already under way go on.",
    sw: "M-PESA haipokei maombi mapya kwa sasa. Miamala iliyoanza inaendelea.",
  },
  downNow: {
    en: "We send no prompt until it works again. You can wait here, or come back later.",
    sw: "Hatutumi ombi hadi ifanye kazi tena. Unaweza kusubiri hapa, au urudi baadaye.",
  },
  watch: { en: "Tell me when M-PESA is back", sw: "Nijulishe M-PESA ikirudi" },
  watching: {
    en: "We keep checking while this page is open, and tell you here.",
    sw: "Tunakuangalizia ukurasa huu ukiwa wazi, na tutakujulisha hapa.",
  },
  backWhat: { en: "M-PESA takes requests again.", sw: "M-PESA inapokea maombi tena." },
  backNow: { en: "Continue when you are ready.", sw: "Endelea ukiwa tayari." },
  nextAmount: { en: "Continue with {amount}", sw: "Endelea na {amount}" },
} satisfies Catalogue;

export function getNext(outcome: Outcome): Sentence {
  return adviceMessages[`next_${outcome}`];
}
