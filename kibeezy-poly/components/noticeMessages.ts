/** Texts of the notices above a page that was loaded afresh. */
import type { Catalogue } from "@/lib/text";

export const noticeMessages = {
  otherAccountTitle: {
    en: "Another account has logged in",
    sw: "Akaunti nyingine imeingia",
  },
  otherAccountBody: {
    en: "It logged in on this browser. This page now shows that account; what was not sent yet is gone.",
    sw: "Imeingia kwenye kivinjari hiki. Ukurasa huu sasa unaonyesha akaunti hiyo; ambacho hakikutumwa kimeondolewa.",
  },
  close: { en: "Close", sw: "Funga" },
} satisfies Catalogue;
