/** Texts around codes by SMS: a forgotten password, and the proof of a new customer's number. */
import type { Catalogue } from "@/lib/text";

export const codeMessages = {
  forgotTitle: { en: "Forgot your password?", sw: "Umesahau nenosiri?" },
  forgotLead: {
    en: "We send a code to your phone. Then you choose a new password.",
    sw: "Tutakutumia msimbo kwenye simu yako. Kisha uchague nenosiri jipya.",
  },
  moneySafe: {
    en: "Your money is safe. A new password changes nothing in your wallet.",
    sw: "Pesa zako ziko salama. Nenosiri jipya halibadilishi chochote kwenye pochi yako.",
  },
  noCodeFor: {
    en: "No longer have this number, or not logged in for a long time? Then no code comes: contact support.",
    sw: "Huna tena nambari hii, au hujaingia kwa muda mrefu? Basi msimbo hautakuja: wasiliana na huduma kwa wateja.",
  },
  callSupport: { en: "Call {phone}", sw: "Piga {phone}" },
  mailSupport: { en: "Write to {email}", sw: "Andika kwa {email}" },
  sendCode: { en: "Send me a code by SMS", sw: "Nitumie msimbo kwa SMS" },
  sendingCode: { en: "Sending…", sw: "Inatuma…" },
  newTitle: { en: "Choose a new password", sw: "Chagua nenosiri jipya" },
  newLead: {
    en: "If {phone} has an account, a code is on its way by SMS.",
    sw: "Ikiwa {phone} ina akaunti, msimbo unakuja kwa SMS.",
  },
  code: { en: "Code from the SMS", sw: "Msimbo kutoka kwa SMS" },
  codeHint: {
    en: "Six digits, for 10 minutes. Give this code to nobody.",
    sw: "Tarakimu sita, kwa dakika 10. Usimpe mtu yeyote msimbo huu.",
  },
  codeWrong: { en: "Enter the six digits.", sw: "Weka tarakimu sita." },
  newPassword: { en: "New password", sw: "Nenosiri jipya" },
  othersOut: {
    en: "Your other phones and computers will have to log in again.",
    sw: "Simu na kompyuta zako nyingine zitahitaji kuingia upya.",
  },
  saveAndLogIn: { en: "Save and log in", sw: "Hifadhi na uingie" },
  saving: { en: "Saving…", sw: "Inahifadhi…" },
  proofTitle: { en: "Enter the code we sent you", sw: "Weka msimbo tuliokutumia" },
  proofLead: { en: "By SMS to {phone}.", sw: "Kwa SMS kwenye {phone}." },
  createAccount: { en: "Create my account", sw: "Fungua akaunti yangu" },
  nothingYet: {
    en: "Nothing yet? An SMS can take a minute.",
    sw: "Bado haijafika? SMS inaweza kuchukua dakika moja.",
  },
  sendAgain: { en: "Send a new code", sw: "Tuma msimbo mpya" },
  sentAgain: {
    en: "A new code is on its way. Older codes have ended.",
    sw: "Msimbo mpya unakuja. Misimbo ya zamani imeisha.",
  },
  otherNumber: { en: "Not your number? Change it", sw: "Si nambari yako? Badilisha" },
} satisfies Catalogue;
