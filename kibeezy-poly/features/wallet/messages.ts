/** Texts of the wallet page. */
import type { Catalogue } from "@/lib/text";

export const walletMessages = {
  title: { en: "My wallet", sw: "Pochi yangu" },
  balance: { en: "Balance", sw: "Salio" },
  deposit: { en: "Deposit", sw: "Weka pesa" },
  depositHint: { en: "From M-Pesa {phone}", sw: "Kutoka M-Pesa {phone}" },
  depositUnloaded: {
    en: "The deposit screen could not be loaded. Nothing was sent. Check your network and tap Deposit again.",
    sw: "Skrini ya kuweka pesa haikupakiwa. Hakuna kilichotumwa. Angalia mtandao kisha ubonyeze tena.",
  },
  otherWays: { en: "Other ways to pay", sw: "Njia nyingine za kulipa" },
  recent: { en: "Recent transactions", sw: "Miamala ya karibuni" },
  allDeposits: { en: "See all", sw: "Ona yote" },
  openStatement: {
    en: "{balance}: open the statement",
    sw: "{balance}: fungua taarifa ya akaunti",
  },
  toIdentity: { en: "Confirm your identity", sw: "Thibitisha utambulisho" },
  emptyTitle: { en: "No transactions yet", sw: "Bado hakuna miamala" },
  emptyBody: {
    en: "Your deposits will show here, with their M-Pesa codes.",
    sw: "Pesa unazoweka zitaonekana hapa, pamoja na kodi zake za M-Pesa.",
  },
  depositRow: { en: "Deposit", sw: "Kuweka pesa" },
  statusCOMPLETED: { en: "Received", sw: "Imepokelewa" },
  statusPENDING: { en: "Confirming", sw: "Inathibitishwa" },
  statusREVIEW: { en: "With our team", sw: "Kwa timu yetu" },
  statusREVERSED: { en: "Taken back by M-Pesa", sw: "Ilirudishwa na M-Pesa" },
  statusFAILED: { en: "Not completed", sw: "Haikukamilika" },
  openDeposit: { en: "Open deposit {id}", sw: "Fungua muamala {id}" },
  refresh: { en: "Refresh", sw: "Onyesha upya" },
  stale: {
    en: "Could not refresh. What you see is from {time}.",
    sw: "Haikuweza kusasishwa. Unachoona ni cha {time}.",
  },
  kycPENDING: {
    en: "Your identity is not confirmed yet. Until then deposits may be limited.",
    sw: "Utambulisho wako bado haujathibitishwa. Hadi hapo kuweka pesa kunaweza kuwa na kikomo.",
  },
  kycREJECTED: {
    en: "We could not confirm your details. You can correct them and send them again.",
    sw: "Hatukuweza kuthibitisha taarifa zako. Unaweza kuzirekebisha na kuzituma tena.",
  },
} satisfies Catalogue;
