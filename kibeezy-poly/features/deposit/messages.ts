/**
 * Texts of the deposit sheet: each state says what happened, whether money moved, and what to do
 * now.
 */
import { depositPageMessages } from "@/features/deposit/pageMessages";
import type { Catalogue } from "@/lib/text";

export const depositMessages = {
  ...depositPageMessages,
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
  pinSafety: {
    en: "You enter your M-Pesa PIN on your phone only. We never ask for it.",
    sw: "Unaweka PIN ya M-Pesa kwenye simu yako tu. Sisi hatuiulizi kamwe.",
  },
  submitAmount: { en: "Deposit {amount}", sw: "Weka {amount}" },
  nothingMoved: { en: "No money has moved.", sw: "Hakuna pesa iliyotoka." },
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
    en: "We are checking whether the request was sent",
    sw: "Tunaangalia kama ombi lilitumwa",
  },
  missingTitle: { en: "The request was not sent", sw: "Ombi halikutumwa" },
  checkNow: { en: "Check now", sw: "Angalia sasa" },
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
  pinEntered: { en: "I have entered my PIN", sw: "Nimeweka PIN yangu" },
  pinAsking: { en: "Asking M-Pesa now…", sw: "Tunauliza M-Pesa sasa…" },
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
    en: "If you paid, your money is safe and will be added automatically.",
    sw: "Kama ulilipa, pesa yako iko salama na itaongezwa yenyewe.",
  },
  checkingNow: {
    en: "Do not pay again. We keep checking; you may close this.",
    sw: "Usilipe tena. Tunaendelea kuangalia; unaweza kufunga.",
  },
  checkingAnsweredNow: {
    en: "We keep checking; you may close this.",
    sw: "Tunaendelea kuangalia; unaweza kufunga.",
  },
  checkBusy: { en: "Checking…", sw: "Tunaangalia…" },
  checkedAt: { en: "Checked at {time}.", sw: "Tumeangalia saa {time}." },
  anotherAnnounce: {
    en: "You can start another deposit now.",
    sw: "Sasa unaweza kuanza muamala mwingine.",
  },
  startAnother: { en: "Start another deposit", sw: "Anza muamala mwingine" },
  startAnotherNote: {
    en: "Only if you did not enter your PIN. If both are paid, both are added.",
    sw: "Ikiwa tu hukuweka PIN. Ukilipa zote mbili, zote zitaongezwa.",
  },
  outage_network: {
    en: "No network. Sent at {time}; we will check when you are back.",
    sw: "Hakuna mtandao. Ilitumwa saa {time}; tutaangalia ukirudi.",
  },
  outage_service: {
    en: "We cannot reach our service right now. Sent at {time}; we keep asking.",
    sw: "Huduma yetu haipatikani kwa sasa. Ilitumwa saa {time}; tunaendelea kuuliza.",
  },
  reviewTitle: {
    en: "Our team is looking at this deposit",
    sw: "Timu yetu inashughulikia muamala huu",
  },
  reviewWhat: {
    en: "Do not pay again. What you paid is safe, and will show in your wallet.",
    sw: "Usilipe tena. Ulicholipa kiko salama, na kitaonekana kwenye pochi yako.",
  },
  doneTitle: { en: "{amount} received", sw: "{amount} imepokelewa" },
  doneMoney: { en: "The money is in your wallet.", sw: "Pesa iko kwenye pochi yako." },
  done: { en: "Done", sw: "Sawa" },
  tryAgain: { en: "Try again", sw: "Jaribu tena" },
  changeAmount: { en: "Change amount", sw: "Badilisha kiasi" },
  pillWaiting: { en: "Deposit of {amount}: confirming", sw: "Kuweka {amount}: inathibitishwa" },
  pillDone: { en: "Deposit of {amount}: received", sw: "Kuweka {amount}: imepokelewa" },
  pillFailed: { en: "Deposit of {amount}: not completed", sw: "Kuweka {amount}: haikukamilika" },
  pillOpen: { en: "Open", sw: "Fungua" },
  offlineForm: {
    en: "No network. Nothing was sent. You can send once you are connected.",
    sw: "Hakuna mtandao. Hakuna kilichotumwa. Utaweza kutuma ukipata mtandao.",
  },
  next: { en: "Continue", sw: "Endelea" },
  nextAmount: { en: "Continue with {amount}", sw: "Endelea na {amount}" },
  feeLine: {
    en: "Our fee is {fee}: your wallet gets all of it. The prompt goes to {phone}.",
    sw: "Ada yetu ni {fee}: pochi yako inapata pesa zote. Ombi litaenda kwa {phone}.",
  },
  confirmTitle: { en: "Is this right?", sw: "Je, hii ni sawa?" },
  promptGoesTo: { en: "The M-Pesa prompt goes to", sw: "Ombi la M-Pesa litaenda kwa" },
  changeNumber: { en: "Change", sw: "Badilisha" },
  waitIn: { en: "in {time}", sw: "baada ya {time}" },
  waitAnnounce: {
    en: "You can go on in {seconds} seconds",
    sw: "Unaweza kuendelea baada ya sekunde {seconds}",
  },
  waitOver: { en: "You can go on now", sw: "Unaweza kuendelea sasa" },
  lateTitle: { en: "Still confirming with M-Pesa", sw: "Bado tunathibitisha na M-Pesa" },
  elapsed: { en: "{time} so far.", sw: "Muda hadi sasa: {time}." },
  typical: {
    en: "Usually takes about {seconds} seconds right now.",
    sw: "Kwa sasa huchukua takriban sekunde {seconds}.",
  },
  typicalOne: {
    en: "Usually takes about a second right now.",
    sw: "Kwa sasa huchukua takriban sekunde moja.",
  },
  slowNow: { en: "M-Pesa is slow now.", sw: "M-Pesa ni ya polepole kwa sasa." },
  caseNumber: { en: "Case number", sw: "Nambari ya kesi" },
  reviewNow: {
    en: "Keep the M-Pesa SMS. If your wallet does not show the money by tomorrow, contact us with the case number.",
    sw: "Tunza SMS ya M-Pesa. Kama pochi yako haionyeshi pesa kufikia kesho, wasiliana nasi na nambari ya kesi.",
  },
  maybeMoved: {
    en: "If M-Pesa took money, it will be added automatically.",
    sw: "Ikiwa M-Pesa ilikata pesa, itaongezwa yenyewe.",
  },
  smallerAmounts: { en: "Smaller amounts", sw: "Kiasi kidogo zaidi" },
  downTitle: { en: "M-Pesa is slow", sw: "M-Pesa ina mwendo wa polepole" },
  downWhat: {
    en: "M-Pesa does not take new requests right now. Deposits already under way go on.",
    sw: "M-Pesa haipokei maombi mapya kwa sasa. Miamala iliyoanza inaendelea.",
  },
  downNow: {
    en: "We send no prompt until it works again. You can wait here, or come back later.",
    sw: "Hatutumi ombi hadi ifanye kazi tena. Unaweza kusubiri hapa, au urudi baadaye.",
  },
  watch: { en: "Tell me when it works", sw: "Nijulishe ikifanya kazi" },
  watching: {
    en: "We keep checking while this page is open, and tell you here.",
    sw: "Tunakuangalizia ukurasa huu ukiwa wazi, na tutakujulisha hapa.",
  },
  backTitle: { en: "M-Pesa works again", sw: "M-Pesa inafanya kazi tena" },
  backWhat: { en: "M-Pesa takes requests again.", sw: "M-Pesa inapokea maombi tena." },
  backNow: { en: "Go on when you are ready.", sw: "Endelea ukiwa tayari." },
  excludedUntil: { en: "Until {time}", sw: "Hadi {time}" },
  toIdentity: { en: "Confirm who I am", sw: "Thibitisha mimi ni nani" },
  toLimits: { en: "See my limits", sw: "Ona vikomo vyangu" },
  toAccount: { en: "Change my number", sw: "Badilisha nambari yangu" },
  earlierTitle: { en: "Started before this one", sw: "Iliyoanza kabla ya hii" },
  earlierPENDING: {
    en: "#{id}, {amount}: still confirming. If you paid it, it is added as well.",
    sw: "#{id}, {amount}: bado inathibitishwa. Kama uliilipa, nayo itaongezwa.",
  },
  earlierCOMPLETED: {
    en: "#{id}, {amount}: received as well.",
    sw: "#{id}, {amount}: nayo imepokelewa.",
  },
  earlierFAILED: {
    en: "#{id}, {amount}: not completed.",
    sw: "#{id}, {amount}: haikukamilika.",
  },
  helpAmount: { en: "Amount", sw: "Kiasi" },
  helpTime: { en: "Date and time", sw: "Tarehe na saa" },
  helpState: { en: "Status", sw: "Hali" },
  helpResult: { en: "Result", sw: "Matokeo" },
  helpPhone: { en: "Number", sw: "Nambari" },
  pillReview: {
    en: "Deposit of {amount}: with our team",
    sw: "Kuweka {amount}: iko kwa timu yetu",
  },
  pillWatching: {
    en: "Deposit of {amount}: waiting for M-Pesa",
    sw: "Kuweka {amount}: tunasubiri M-Pesa",
  },
  pillBack: { en: "M-Pesa works again: {amount}", sw: "M-Pesa inafanya kazi tena: {amount}" },
} satisfies Catalogue;
