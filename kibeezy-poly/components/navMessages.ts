/**
 * The names of the pages in the navigation: short, because five names share the width of a small
 * phone.
 */
import type { Catalogue } from "@/lib/text";

export const navMessages = {
  pages: { en: "Pages", sw: "Kurasa" },
  wallet: { en: "Wallet", sw: "Pochi" },
  deposits: { en: "Deposits", sw: "Miamala" },
  limits: { en: "Limits", sw: "Vikomo" },
  identity: { en: "Identity", sw: "Utambulisho" },
  account: { en: "Account", sw: "Akaunti" },
} satisfies Catalogue;
