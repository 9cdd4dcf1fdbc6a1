/** Texts about forms that the browser sent without our code. */
import type { Catalogue } from "@/lib/text";

export const plainMessages = {
  notSent: {
    en: "We cannot reach our service right now. Nothing was sent. Please try again shortly.",
    sw: "Hatuwezi kufikia huduma yetu kwa sasa. Hakuna kilichotumwa. Tafadhali jaribu tena baada ya muda mfupi.",
  },
  unknown: {
    en: "Our service gave no answer. Please try again.",
    sw: "Huduma yetu haikutoa jibu. Tafadhali jaribu tena.",
  },
  depositUnknown: {
    en: "Our service gave no answer, so a prompt may be on its way. If you send this again, you still get only one.",
    sw: "Huduma yetu haikutoa jibu, kwa hiyo huenda ombi liko njiani. Ukituma tena, utapata moja tu.",
  },
} satisfies Catalogue;
