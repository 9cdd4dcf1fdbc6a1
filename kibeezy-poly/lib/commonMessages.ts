/** Texts that every page uses. */
import type { Catalogue } from "@/lib/text";

export const commonMessages = {
  brand: { en: "Kibeezy", sw: "Kibeezy" },
  skip: { en: "Skip to content", sw: "Nenda kwenye maudhui" },
  otherLanguage: { en: "Kiswahili", sw: "English" },
  logOut: { en: "Log out", sw: "Ondoka" },
  stillIn: { en: "You are still logged in", sw: "Bado hujaondoka" },
  loading: { en: "Loading…", sw: "Inapakia…" },
  tryAgain: { en: "Try again", sw: "Jaribu tena" },
  notRefreshed: {
    en: "Could not refresh. What you see may be old.",
    sw: "Haikuweza kusasishwa. Unachoona huenda ni cha zamani.",
  },
  close: { en: "Close", sw: "Funga" },
  copied: { en: "Copied", sw: "Imenakiliwa" },
  help: { en: "Get help", sw: "Pata usaidizi" },
  environment: { en: "Environment", sw: "Mazingira" },
  environmentMock: {
    en: "Mock · no real money moves",
    sw: "Mock · hakuna pesa halisi",
  },
  environmentSandbox: {
    en: "Sandbox · test money only",
    sw: "Sandbox · pesa za majaribio tu",
  },
  offlineTitle: { en: "No network", sw: "Hakuna mtandao" },
  offlineBody: {
    en: "This phone cannot reach us. Check your data or Wi-Fi, then try again.",
    sw: "Simu hii haiwezi kutufikia. Angalia data au Wi-Fi, kisha ujaribu tena.",
  },
  serviceDownTitle: { en: "We cannot reach our service", sw: "Hatuwezi kufikia huduma yetu" },
  serviceDownBody: {
    en: "The problem is on our side. Your money is safe. Please try again in a moment.",
    sw: "Tatizo liko upande wetu. Pesa zako ziko salama. Tafadhali jaribu tena baada ya muda mfupi.",
  },
  slowBody: {
    en: "The network is slow and no answer came in time. Please try again.",
    sw: "Mtandao ni wa polepole na jibu halikufika. Tafadhali jaribu tena.",
  },
  brokenTitle: { en: "Something went wrong on this page", sw: "Kuna hitilafu kwenye ukurasa huu" },
  brokenBody: {
    en: "This error sent nothing. A deposit already under way goes on automatically.",
    sw: "Hitilafu hii haikutuma chochote. Muamala unaoendelea unaendelea wenyewe.",
  },
  notFoundTitle: { en: "There is no such page", sw: "Ukurasa huu haupo" },
  toWallet: { en: "Go to my wallet", sw: "Nenda kwenye pochi yangu" },
  needsScript: {
    en: "This page needs JavaScript. Please switch it on in your browser.",
    sw: "Ukurasa huu unahitaji JavaScript. Tafadhali iwashe kwenye kivinjari chako.",
  },
  more: { en: "Show older", sw: "Onyesha za zamani" },
  moreFailed: { en: "Older ones could not be loaded.", sw: "Za zamani hazikupakiwa." },
} satisfies Catalogue;
