/** Texts that only the deposit as a plain form has, so that the sheet does not carry them. */
import type { Catalogue } from "@/lib/text";

export const plainMessages = {
  plainSubmit: { en: "Send the prompt", sw: "Tuma ombi" },
  backToWallet: { en: "Wallet", sw: "Pochi" },
} satisfies Catalogue;
