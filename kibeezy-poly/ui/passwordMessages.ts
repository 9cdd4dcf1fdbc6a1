import type { Catalogue } from "@/lib/text";

export const passwordMessages = {
  password: { en: "Password", sw: "Nenosiri" },
  showPassword: { en: "Show", sw: "Onyesha" },
  hidePassword: { en: "Hide", sw: "Ficha" },
} satisfies Catalogue;
