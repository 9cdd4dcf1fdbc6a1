/** Words of the deposit sheet: each state says what happened, whether money moved, what to do now. */
import type { Catalogue } from "@/lib/messages/text";

export const depositMessages = {
  formTitle: { en: "Deposit with M-Pesa", sw: "Weka pesa kwa M-Pesa" },
  amount: { en: "Amount in KSh", sw: "Kiasi kwa KSh" },
  quickAmounts: { en: "Quick amounts", sw: "Chagua kiasi" },
  limits: { en: "From {min} to {max}.", sw: "Kuanzia {min} hadi {max}." },
  amountMissing: { en: "Enter an amount.", sw: "Weka kiasi." },
  amountOutside: {
    en: "Enter an amount from {min} to {max}.",
    sw: "Weka kiasi kuanzia {min} hadi {max}.",
  },
  youPay: { en: "You pay from M-Pesa", sw: "Unalipa kutoka M-Pesa" },
  ourFee: { en: "Our fee", sw: "Ada yetu" },
  walletGets: { en: "Your wallet gets", sw: "Pochi yako inapata" },
  fromNumber: { en: "The prompt goes to {phone}.", sw: "Ombi litaenda kwa {phone}." },
  pinSafety: {
    en: "You enter your M-Pesa PIN on your phone only. We never ask for it.",
    sw: "Unaweka PIN ya M-Pesa kwenye simu yako tu. Sisi hatuiulizi kamwe.",
  },
  submit: { en: "Deposit", sw: "Weka pesa" },
  submitAmount: { en: "Deposit {amount}", sw: "Weka {amount}" },
  submitWait: { en: "Deposit again in {time}", sw: "Weka tena baada ya {time}" },
  offlineForm: {
    en: "No network. Nothing was sent. Deposit works again once you are connected.",
    sw: "Hakuna mtandao. Hakuna kilichotumwa. Utaweza kuweka pesa ukipata mtandao.",
  },
  nothingMoved: { en: "No money has moved.", sw: "Hakuna pesa iliyotoka." },
  refusedGeneric: {
    en: "We could not start this deposit. Nothing was sent to your phone.",
    sw: "Hatukuweza kuanzisha muamala huu. Hakuna kilichotumwa kwa simu yako.",
  },
  reference: { en: "Deposit code", sw: "Kodi ya muamala" },
  minimise: { en: "Close and keep confirming", sw: "Funga, tutaendelea kuthibitisha" },
  close: { en: "Close", sw: "Funga" },
  stepSent: { en: "Request", sw: "Ombi" },
  stepPin: { en: "PIN", sw: "PIN" },
  stepDone: { en: "Wallet", sw: "Pochi" },
  sendingTitle: { en: "Sending your request", sw: "Tunatuma ombi lako" },
  sendingWhat: {
    en: "We are asking M-Pesa to show the prompt.",
    sw: "Tunaomba M-Pesa ionyeshe ombi.",
  },
  sendingMoney: { en: "No money has moved yet.", sw: "Bado hakuna pesa iliyotoka." },
  sendingNow: {
    en: "Keep your phone near. Closing is safe.",
    sw: "Kaa karibu na simu yako. Ni salama kufunga.",
  },
  unclearTitle: {
    en: "We are checking whether the request went out",
    sw: "Tunaangalia kama ombi lilitumwa",
  },
  unclear_timeout: {
    en: "The network was too slow to tell us.",
    sw: "Mtandao ulikuwa wa polepole mno kutujulisha.",
  },
  unclear_offline: {
    en: "The network broke off while sending.",
    sw: "Mtandao ulikatika wakati wa kutuma.",
  },
  unclear_noAnswer: {
    en: "Our service gave no clear answer.",
    sw: "Huduma yetu haikutoa jibu wazi.",
  },
  unclear_stillStarting: {
    en: "The first request is still under way.",
    sw: "Ombi la kwanza bado linaendelea.",
  },
  unclear_interrupted: {
    en: "This page was closed while sending, at {time}.",
    sw: "Ukurasa ulifungwa wakati wa kutuma, saa {time}.",
  },
  unclearMoney: {
    en: "No money moves unless you enter your PIN. If the prompt shows on your phone, it is ours.",
    sw: "Hakuna pesa inayotoka bila PIN yako. Ombi likionekana kwenye simu, ni letu.",
  },
  unclearNow: {
    en: "Check now. It is the same request: you cannot pay twice.",
    sw: "Angalia sasa. Ni ombi lile lile: huwezi kulipa mara mbili.",
  },
  checkNow: { en: "Check now", sw: "Angalia sasa" },
  checkIn: { en: "Check in {time}", sw: "Angalia baada ya {time}" },
  pinTitle: { en: "Check your phone", sw: "Angalia simu yako" },
  pinWhat: { en: "The M-Pesa prompt is on its way.", sw: "Ombi la M-Pesa liko njiani." },
  pinMoney: {
    en: "Money moves only when you enter your PIN.",
    sw: "Pesa inatoka tu ukiweka PIN yako.",
  },
  pinNow: {
    en: "Enter your M-Pesa PIN on {phone} to confirm {amount}.",
    sw: "Weka PIN yako ya M-Pesa kwenye {phone} kuthibitisha {amount}.",
  },
  pinTimeLeft: { en: "left to enter your PIN", sw: "zimebaki kuweka PIN" },
  pinTimeAnnounce: {
    en: "{seconds} seconds left to enter your PIN",
    sw: "Sekunde {seconds} zimebaki kuweka PIN",
  },
  checkingTitle: { en: "Confirming with M-Pesa", sw: "Tunathibitisha na M-Pesa" },
  checkingWhat: {
    en: "M-Pesa has not given its final answer yet.",
    sw: "M-Pesa bado haijatoa jibu la mwisho.",
  },
  checkingMoney: {
    en: "If you paid, your money is safe and will be added by itself.",
    sw: "Kama ulilipa, pesa yako iko salama na itaongezwa yenyewe.",
  },
  checkingNow: {
    en: "Do not pay again. We keep checking; you may close this.",
    sw: "Usilipe tena. Tunaendelea kuangalia; unaweza kufunga.",
  },
  startAnother: { en: "Start another deposit", sw: "Anza muamala mwingine" },
  startAnotherNote: {
    en: "Only if you did not enter your PIN. If both are paid, both are added.",
    sw: "Ikiwa tu hukuweka PIN. Ukilipa zote mbili, zote zitaongezwa.",
  },
  offlineWaiting: {
    en: "No network. Sent at {time}; we will check when you are back.",
    sw: "Hakuna mtandao. Ilitumwa saa {time}; tutaangalia ukirudi.",
  },
  reviewTitle: { en: "A person is looking at this deposit", sw: "Mtu anaangalia muamala huu" },
  reviewWhat: {
    en: "M-Pesa's answer did not match the request.",
    sw: "Jibu la M-Pesa halikulingana na ombi.",
  },
  reviewMoney: {
    en: "If you paid, your money is safe with us.",
    sw: "Kama ulilipa, pesa yako iko salama kwetu.",
  },
  reviewNow: {
    en: "Do not pay again. Keep the deposit code and the M-Pesa SMS.",
    sw: "Usilipe tena. Tunza kodi ya muamala na SMS ya M-Pesa.",
  },
  doneTitle: { en: "{amount} received", sw: "{amount} imepokelewa" },
  doneMoney: { en: "The money is in your wallet.", sw: "Pesa iko kwenye pochi yako." },
  doneCode: { en: "M-Pesa code", sw: "Kodi ya M-Pesa" },
  doneCodeLater: { en: "Follows by SMS", sw: "Inakuja kwa SMS" },
  doneTime: { en: "Time", sw: "Saa" },
  doneFrom: { en: "From", sw: "Kutoka" },
  doneBalance: { en: "New balance", sw: "Salio jipya" },
  copy: { en: "Copy receipt", sw: "Nakili risiti" },
  copied: { en: "Copied", sw: "Imenakiliwa" },
  share: { en: "Share", sw: "Shiriki" },
  done: { en: "Done", sw: "Sawa" },
  tryAgain: { en: "Try again", sw: "Jaribu tena" },
  tryAgainIn: { en: "Try again in {time}", sw: "Jaribu tena baada ya {time}" },
  changeAmount: { en: "Change amount", sw: "Badilisha kiasi" },
  pillWaiting: { en: "Deposit of {amount}: confirming", sw: "Kuweka {amount}: inathibitishwa" },
  pillDone: { en: "Deposit of {amount}: received", sw: "Kuweka {amount}: imepokelewa" },
  pillFailed: { en: "Deposit of {amount}: not completed", sw: "Kuweka {amount}: haikukamilika" },
  pillOpen: { en: "Open", sw: "Fungua" },
} satisfies Catalogue;
