/** Texts of the help once it is open. */
import type { Catalogue } from "@/lib/text";

export const helpMessages = {
  helpLead: {
    en: "Give these details to our support, so that they need not ask you. Never give your PIN.",
    sw: "Wape huduma kwa wateja maelezo haya ili wasikuulize. Usiwape PIN yako kamwe.",
  },
  helpCopy: { en: "Copy details", sw: "Nakili maelezo" },
  helpMail: { en: "Write to us", sw: "Tuandikie" },
  helpCall: { en: "Call us", sw: "Tupigie" },
} satisfies Catalogue;
