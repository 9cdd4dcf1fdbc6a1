/** Texts of cool-off and self-exclusion, whose code is loaded after the rest of the page. */
import type { Catalogue } from "@/lib/text";

export const breakMessages = {
  pause: { en: "Start a cool-off", sw: "Pumzika" },
  pauseLead: {
    en: "No deposits for some days. Your balance stays yours. A cool-off can be made longer, not shorter.",
    sw: "Hakuna kuweka pesa kwa siku kadhaa. Salio linabaki lako. Mapumziko yanaweza kuongezwa, si kupunguzwa.",
  },
  pauseLegend: { en: "For how long", sw: "Kwa muda gani" },
  days_1: { en: "1 day", sw: "Siku 1" },
  days_7: { en: "7 days", sw: "Siku 7" },
  days_30: { en: "30 days", sw: "Siku 30" },
  pausedUntil: {
    en: "You are in a cool-off until {time}.",
    sw: "Uko kwenye mapumziko hadi {time}.",
  },
  pausedMeans: {
    en: "Until then no deposit can be started. One already under way is still added.",
    sw: "Hadi hapo huwezi kuanza muamala. Unaoendelea bado utaongezwa.",
  },
  pauseNext: { en: "Start a cool-off", sw: "Pumzika" },
  pauseLonger: { en: "Make it longer", sw: "Ongeza muda" },
  pauseConfirmTitle: { en: "No deposits for {length}?", sw: "Hakuna kuweka pesa kwa {length}?" },
  pauseConfirmBody: {
    en: "It begins at once, and you cannot end it early.",
    sw: "Inaanza mara moja, na huwezi kuikatisha mapema.",
  },
  pauseConfirm: { en: "Yes, start the cool-off", sw: "Ndiyo, anza mapumziko" },
  notNow: { en: "Not now", sw: "Si sasa" },
  exclusion: { en: "Self-exclusion", sw: "Kujizuia" },
  exclusionLead: {
    en: "For when a cool-off is not enough. No deposits for months, and you cannot end it early. Your balance stays yours.",
    sw: "Kwa wakati mapumziko hayatoshi. Hakuna kuweka pesa kwa miezi, na huwezi kukatisha mapema. Salio linabaki lako.",
  },
  months_6: { en: "6 months", sw: "Miezi 6" },
  months_12: { en: "1 year", sw: "Mwaka 1" },
  months_60: { en: "5 years", sw: "Miaka 5" },
  excludedUntil: {
    en: "You have excluded yourself until {time}.",
    sw: "Umejizuia hadi {time}.",
  },
  exclusionNext: { en: "Continue", sw: "Endelea" },
  exclusionConfirmTitle: {
    en: "Exclude yourself for {length}?",
    sw: "Ujizuie kwa {length}?",
  },
  exclusionConfirmBody: {
    en: "It begins at once, and you cannot end or shorten it. Your money stays in your wallet.",
    sw: "Inaanza mara moja, na huwezi kuikatisha wala kuipunguza. Pesa zako zinabaki kwenye pochi.",
  },
  exclusionPassword: {
    en: "Your password, to be sure it is you",
    sw: "Nenosiri lako, kuhakikisha ni wewe",
  },
  exclusionConfirm: { en: "Yes, exclude me", sw: "Ndiyo, nizuie" },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  alreadyLonger: {
    en: "What you have already chosen lasts longer.",
    sw: "Ulichochagua tayari kinadumu zaidi.",
  },
  saving: { en: "Saving…", sw: "Inahifadhi…" },
} satisfies Catalogue;
