/**
 * Texts that the deposit sheet and the page of one deposit share. They have their own file, so that
 * the page's first load does not include the sheet's other texts.
 */
import type { Catalogue } from "@/lib/text";

export const depositPageMessages = {
  ourFee: { en: "Our fee", sw: "Ada yetu" },
  walletGets: { en: "Your wallet gets", sw: "Pochi yako inapata" },
  reference: { en: "Deposit code", sw: "Kodi ya muamala" },
  doneCode: { en: "M-Pesa code", sw: "Kodi ya M-Pesa" },
  doneCodeLater: { en: "Follows by SMS", sw: "Inakuja kwa SMS" },
  doneTime: { en: "Time", sw: "Saa" },
  doneFrom: { en: "From", sw: "Kutoka" },
  doneBalance: { en: "New balance", sw: "Salio jipya" },
  copy: { en: "Copy receipt", sw: "Nakili risiti" },
  account: { en: "Account on M-Pesa", sw: "Akaunti kwenye M-Pesa" },
  stoppedPollingNow: {
    en: "Do not pay again. This screen has stopped asking, to save your data; our service has not, and adds the money automatically. It will show here and in your wallet.",
    sw: "Usilipe tena. Skrini hii imeacha kuuliza ili kuokoa data yako; huduma yetu inaendelea, na itaongeza pesa yenyewe. Itaonekana hapa na kwenye pochi yako.",
  },
} satisfies Catalogue;
