/** Texts that lead to a payment by hand; a view has the name of its button as title. */
import type { Catalogue } from "@/lib/text";

/**
 * The views of a payment by hand: the paybill's numbers; "I have paid"; the question before a prompt
 * that could be a second payment.
 */
export type HandView = "paybill" | "claim" | "ask";

export const handMessages = {
  noPrompt: { en: "No prompt on my phone?", sw: "Ombi halijaonekana?" },
  paybill: { en: "Pay by paybill", sw: "Lipa kwa paybill" },
  ask: { en: "Did you pay by paybill?", sw: "Je, ulilipa kwa paybill?" },
  claim: { en: "I have paid", sw: "Nimelipa" },
} satisfies Catalogue;
