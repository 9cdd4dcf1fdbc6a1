/** Texts that lead to a payment by hand, and the titles of its views. */
import type { Catalogue } from "@/lib/text";

/**
 * The views of a payment by hand: the paybill's numbers; "I have paid"; the question before a prompt
 * that could be a second payment.
 */
export type HandView = "paybill" | "claim" | "ask";

export const handMessages = {
  title_paybill: { en: "Pay from your M-Pesa menu", sw: "Lipa kutoka menyu ya M-Pesa" },
  title_claim: { en: "Find your payment", sw: "Tafuta malipo yako" },
  title_ask: { en: "Did you pay by paybill?", sw: "Je, ulilipa kwa paybill?" },
  otherWays: { en: "Other ways to pay", sw: "Njia nyingine za kulipa" },
  noPrompt: { en: "No prompt on my phone?", sw: "Ombi halijaonekana?" },
  paybill: { en: "Pay by paybill", sw: "Lipa kwa paybill" },
  claim: { en: "I have paid", sw: "Nimelipa" },
  claimOpen: { en: "We are looking for {code}", sw: "Tunatafuta {code}" },
  back: { en: "Back", sw: "Rudi" },
} satisfies Catalogue;
