/** Texts of the second step of a cool-off or self-exclusion, which is loaded when it is reached. */
import type { Catalogue } from "@/lib/text";

export const confirmMessages = {
  pauseConfirmTitle: { en: "No deposits for {length}?", sw: "Hakuna kuweka pesa kwa {length}?" },
  pauseConfirmBody: {
    en: "It begins at once, and you cannot end it early.",
    sw: "Inaanza mara moja, na huwezi kuikatisha mapema.",
  },
  pauseConfirm: { en: "Yes, start the cool-off", sw: "Ndiyo, anza mapumziko" },
  notNow: { en: "Not now", sw: "Si sasa" },
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
  confirming: { en: "Saving…", sw: "Inahifadhi…" },
} satisfies Catalogue;
