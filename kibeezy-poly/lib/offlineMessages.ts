/** Texts of the page that stands in for ours where there is no network. */
import type { Catalogue } from "@/lib/text";

export const offlineMessages = {
  title: { en: "No network", sw: "Hakuna mtandao" },
  body: {
    en: "This phone cannot reach us. Check your data or Wi-Fi.",
    sw: "Simu hii haiwezi kutufikia. Angalia data au Wi-Fi.",
  },
  money: {
    en: "A deposit under way goes on automatically. If you have entered your PIN, do not pay again.",
    sw: "Muamala unaoendelea unaendelea wenyewe. Kama umeweka PIN, usilipe tena.",
  },
  again: { en: "Try again", sw: "Jaribu tena" },
} satisfies Catalogue;
