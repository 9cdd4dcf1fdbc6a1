/** Texts of the wallet page. */
import type { Catalogue } from "@/lib/text";

export const walletMessages = {
  title: { en: "My wallet", sw: "Pochi yangu" },
  balance: { en: "Balance", sw: "Salio" },
  deposit: { en: "Deposit", sw: "Weka pesa" },
  again: { en: "{amount} again", sw: "Tena {amount}" },
  hideBalance: { en: "Hide balance", sw: "Ficha salio" },
  statement: { en: "Statement", sw: "Taarifa" },
  depositUnloaded: {
    en: "The deposit screen could not be loaded. Nothing was sent. Check your network and tap Deposit again.",
    sw: "Skrini ya kuweka pesa haikupakiwa. Hakuna kilichotumwa. Angalia mtandao kisha ubonyeze tena.",
  },
  otherWays: { en: "Other ways to pay", sw: "Njia nyingine za kulipa" },
  recent: { en: "Activity", sw: "Miamala" },
  today: { en: "Today", sw: "Leo" },
  yesterday: { en: "Yesterday", sw: "Jana" },
  underWay: { en: "Under way", sw: "Inaendelea" },
  moreFailed: {
    en: "Show {count} more not completed",
    sw: "Onyesha {count} zaidi ambazo hazikukamilika",
  },
  allDeposits: { en: "See all", sw: "Ona yote" },
  emptyTitle: { en: "How it works", sw: "Inavyofanya kazi" },
  step1: { en: "Say how much.", sw: "Sema ni kiasi gani." },
  step2: {
    en: "Enter your M-PESA PIN on your phone, and only there.",
    sw: "Weka PIN yako ya M-PESA kwenye simu yako, na hapo tu.",
  },
  step3: { en: "It is in your wallet within seconds.", sw: "Iko kwenye pochi yako kwa sekunde." },
  fromMpesa: { en: "From M-PESA", sw: "Kutoka M-PESA" },
  statusCOMPLETED: { en: "Added", sw: "Imeingia" },
  statusPENDING: { en: "Confirming", sw: "Inathibitishwa" },
  statusREVIEW: { en: "With our team", sw: "Kwa timu yetu" },
  statusREVERSED: { en: "Taken back by M-PESA", sw: "Ilirudishwa na M-PESA" },
  statusFAILED: { en: "Not completed", sw: "Haikukamilika" },
  openDeposit: { en: "Open deposit {id}", sw: "Fungua muamala {id}" },
  refresh: { en: "Refresh", sw: "Onyesha upya" },
  stale: {
    en: "Could not refresh. What you see is from {time}.",
    sw: "Haikuweza kusasishwa. Unachoona ni cha {time}.",
  },
} satisfies Catalogue;
