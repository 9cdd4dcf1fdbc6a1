/** Texts of the forms that send the password, which are loaded when they are opened. */
import type { Catalogue } from "@/lib/text";

export const formMessages = {
  password: { en: "Password of this account", sw: "Nenosiri la akaunti hii" },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  download: { en: "Download my data", sw: "Pakua data yangu" },
  downloaded: {
    en: "Saved among your downloads. Keep it where only you can see it.",
    sw: "Imehifadhiwa kwenye vipakuliwa vyako. Iweke mahali unapoiona wewe tu.",
  },
} satisfies Catalogue;
