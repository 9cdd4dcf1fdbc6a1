/** Texts of the buttons that copy, share and print. */
import type { Catalogue } from "@/lib/text";

export const actionMessages = {
  print: { en: "Print", sw: "Chapisha" },
  savePicture: { en: "Save picture", sw: "Hifadhi picha" },
  share: { en: "Share", sw: "Shiriki" },
  copyFailed: { en: "Could not copy", sw: "Haikunakiliwa" },
} satisfies Catalogue;
