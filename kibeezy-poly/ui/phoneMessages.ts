/** Texts of the field for a number that is to pay by M-PESA. */
import type { Catalogue } from "@/lib/text";

export const phoneMessages = {
  hint: {
    en: "Safaricom, for example 0712 345 678.",
    sw: "Safaricom, kwa mfano 0712 345 678.",
  },
  otherNetwork: {
    en: "This looks like a number of {network}. Deposits need M-PESA. If you moved it to Safaricom, continue.",
    sw: "Hii inaonekana kuwa nambari ya {network}. Kuweka pesa kunahitaji M-PESA. Ikiwa umeihamishia Safaricom, endelea.",
  },
} satisfies Catalogue;
