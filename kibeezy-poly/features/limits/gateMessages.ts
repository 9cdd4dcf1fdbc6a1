/** Why no deposit is possible now; the wallet, the sheet and the limits page say the same. */
import type { Catalogue } from "@/lib/text";

export const gateMessages = {
  title_identity_needed: { en: "Confirm who you are first", sw: "Kwanza, thibitisha utambulisho" },
  body_identity_needed: {
    en: "It takes two minutes. Until then no deposit is possible.",
    sw: "Ni dakika mbili tu. Hadi hapo huwezi kuweka pesa.",
  },
  title_identity_checking: {
    en: "We are checking your identity",
    sw: "Tunakagua utambulisho wako",
  },
  body_identity_checking: {
    en: "It usually takes one working day. Then you can deposit. There is nothing more to do.",
    sw: "Kwa kawaida ni siku moja ya kazi. Kisha utaweza kuweka pesa. Huhitaji kufanya kitu kingine.",
  },
  title_identity_refused: {
    en: "We could not confirm your identity",
    sw: "Hatukuweza kuthibitisha utambulisho wako",
  },
  body_identity_refused: {
    en: "Correct your details and send them again. Until then no deposit is possible.",
    sw: "Rekebisha taarifa zako na uzitume tena. Hadi hapo huwezi kuweka pesa.",
  },
  title_cool_off: { en: "You are in a cool-off", sw: "Uko kwenye mapumziko" },
  body_cool_off: {
    en: "Deposits open again on {time}.",
    sw: "Utaweza kuweka pesa tena {time}.",
  },
  title_limit: { en: "Your limit is used up", sw: "Umefikia kikomo chako" },
  body_limit: {
    en: "You can deposit again from {time}.",
    sw: "Utaweza kuweka pesa tena kuanzia {time}.",
  },
  toIdentity: { en: "Confirm my identity", sw: "Thibitisha utambulisho" },
  toLimits: { en: "See my limits", sw: "Ona vikomo vyangu" },
} satisfies Catalogue;
