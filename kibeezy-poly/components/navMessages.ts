/** The names of the pages in the navigation: short, because they share the width of a phone. */
import type { Catalogue } from "@/lib/text";

export const navMessages = {
  pages: { en: "Pages", sw: "Kurasa" },
  wallet: { en: "Home", sw: "Nyumbani" },
  deposits: { en: "Activity", sw: "Miamala" },
  account: { en: "Account", sw: "Akaunti" },
} satisfies Catalogue;
