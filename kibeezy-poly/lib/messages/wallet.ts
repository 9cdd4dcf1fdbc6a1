/** Words of the wallet page. */
import type { Catalogue } from "@/lib/messages/text";

export const walletMessages = {
  title: { en: "My wallet", sw: "Pochi yangu" },
  balance: { en: "Balance", sw: "Salio" },
  balanceUnknown: { en: "Balance not loaded", sw: "Salio halijapakiwa" },
  deposit: { en: "Deposit", sw: "Weka pesa" },
  depositHint: { en: "From M-Pesa {phone}", sw: "Kutoka M-Pesa {phone}" },
  depositUnloaded: {
    en: "The deposit screen could not be loaded. Nothing was sent. Check your network and tap Deposit again.",
    sw: "Skrini ya kuweka pesa haikupakiwa. Hakuna kilichotumwa. Angalia mtandao kisha ubonyeze tena.",
  },
  recent: { en: "Recent transactions", sw: "Miamala ya karibuni" },
  emptyTitle: { en: "No transactions yet", sw: "Bado hakuna miamala" },
  emptyBody: {
    en: "Your deposits will show here, with their M-Pesa codes.",
    sw: "Pesa unazoweka zitaonekana hapa, pamoja na kodi zake za M-Pesa.",
  },
  more: { en: "Show older", sw: "Onyesha za zamani" },
  moreFailed: { en: "Older ones could not be loaded.", sw: "Za zamani hazikupakiwa." },
  depositRow: { en: "Deposit", sw: "Kuweka pesa" },
  statusCOMPLETED: { en: "Received", sw: "Imepokelewa" },
  statusPENDING: { en: "Confirming", sw: "Inathibitishwa" },
  statusFAILED: { en: "Not completed", sw: "Haikukamilika" },
  openDeposit: { en: "Open deposit {id}", sw: "Fungua muamala {id}" },
  refresh: { en: "Refresh", sw: "Onyesha upya" },
  stale: {
    en: "Could not refresh. What you see is from {time}.",
    sw: "Haikuweza kusasishwa. Unachoona ni cha {time}.",
  },
  kycPENDING: {
    en: "We are checking your details. Deposits may open only after that.",
    sw: "Tunakagua taarifa zako. Huenda ukaweza kuweka pesa baada ya hapo tu.",
  },
  kycREJECTED: {
    en: "We could not confirm your details. Please contact support.",
    sw: "Hatukuweza kuthibitisha taarifa zako. Tafadhali wasiliana nasi.",
  },
} satisfies Catalogue;
