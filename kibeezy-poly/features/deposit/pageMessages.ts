/**
 * Texts that the deposit sheet and the page of one deposit share. They have their own file, so that
 * the page's first load does not include the sheet's other texts.
 */
import type { Catalogue } from "@/lib/text";

export const depositPageMessages = {
  ourFee: { en: "Our fee", sw: "Ada yetu" },
  free: { en: "Free", sw: "Bure" },
  walletGets: { en: "Added", sw: "Imeingia" },
  reference: { en: "Deposit number", sw: "Nambari ya muamala" },
  doneCode: { en: "M-PESA code", sw: "Msimbo wa M-PESA" },
  doneCodeLater: { en: "See your M-PESA SMS", sw: "Angalia SMS ya M-PESA" },
  doneTime: { en: "Time", sw: "Saa" },
  doneFrom: { en: "From", sw: "Kutoka" },
  doneBalance: { en: "New balance", sw: "Salio jipya" },
  copy: { en: "Copy receipt", sw: "Nakili risiti" },
  pictureTitle: { en: "Added from M-PESA", sw: "Imeingia kutoka M-PESA" },
  account: { en: "Account on M-PESA", sw: "Akaunti kwenye M-PESA" },
  doNotPayAgain: { en: "Do not pay again", sw: "Usilipe tena" },
  stoppedPollingNow: {
    en: "This screen has stopped asking, to save your data; our service has not, and adds the money automatically. It will show here and in your wallet.",
    sw: "Skrini hii imeacha kuuliza ili kuokoa data yako; huduma yetu inaendelea, na itaongeza pesa yenyewe. Itaonekana hapa na kwenye pochi yako.",
  },
} satisfies Catalogue;
