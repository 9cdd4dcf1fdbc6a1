/**
 * Texts of the deposit sheet: each state says what happened, whether money moved, and what to do
 * now.
 */
import { depositPageMessages } from "@/features/deposit/pageMessages";
import type { Catalogue } from "@/lib/text";

export const depositMessages = {
  ...depositPageMessages,
  formTitle: { en: "How much do you want to deposit?", sw: "Unataka kuweka pesa ngapi?" },
  lastTime: { en: "last time", sw: "mara ya mwisho" },
  overLimit: {
    en: "That is {amount} more than you can still deposit.",
    sw: "Hiyo imezidi kwa {amount} kiasi unachoweza kuweka.",
  },
  useInstead: { en: "Use {amount} instead", sw: "Tumia {amount} badala yake" },
  amount: { en: "Amount in KSh", sw: "Kiasi kwa KSh" },
  quickAmounts: { en: "Quick amounts", sw: "Chagua kiasi" },
  limits: { en: "From {min} to {max}.", sw: "Kuanzia {min} hadi {max}." },
  amountMissing: { en: "Enter an amount.", sw: "Weka kiasi." },
  amountOutside: {
    en: "Enter an amount from {min} to {max}.",
    sw: "Weka kiasi kuanzia {min} hadi {max}.",
  },
  pinSafety: {
    en: "You enter your M-PESA PIN on your phone only. We never ask for it.",
    sw: "Unaweka PIN ya M-PESA kwenye simu yako tu. Sisi hatuiulizi kamwe.",
  },
  submitAmount: { en: "Deposit {amount}", sw: "Weka {amount}" },
  nothingMoved: { en: "No money left your M-PESA.", sw: "Pesa haijatoka M-PESA yako." },
  minimise: { en: "Close and keep confirming", sw: "Funga, tutaendelea kuthibitisha" },
  close: { en: "Close", sw: "Funga" },
  sendingTitle: { en: "Sending to your phone", sw: "Tunatuma kwa simu yako" },
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
  pinTitle: { en: "Enter your M-PESA PIN", sw: "Weka PIN yako ya M-PESA" },
  pinMoney: {
    en: "Money moves only with your PIN.",
    sw: "Pesa inatoka tu ukiweka PIN.",
  },
  pinWhere: {
    en: "On your phone {phone}, to pay {amount}.",
    sw: "Kwenye simu yako {phone}, kulipa {amount}.",
  },
  pinNow: { en: "Enter it on your phone only.", sw: "Iweke kwenye simu yako tu." },
  promptPay: { en: "Pay {amount} to KIBEEZY?", sw: "Lipa {amount} kwa KIBEEZY?" },
  promptPin: { en: "Enter M-PESA PIN", sw: "Weka PIN ya M-PESA" },
  pinEntered: { en: "I have entered my PIN", sw: "Nimeweka PIN yangu" },
  pinAsking: { en: "Asking M-PESA now…", sw: "Tunauliza M-PESA sasa…" },
  pinTimeLeft: { en: "left", sw: "zimebaki" },
  pinTimeAnnounce: {
    en: "{seconds} seconds left to enter your PIN",
    sw: "Muda uliobaki wa kuweka PIN: sekunde {seconds}",
  },
  checkingTitle: { en: "Confirming with M-PESA", sw: "Tunathibitisha na M-PESA" },
  checkingMoney: {
    en: "If you paid, your money is safe and will be added automatically.",
    sw: "Kama ulilipa, pesa zako ziko salama na zitaongezwa zenyewe.",
  },
  checkingNow: {
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
  doneTitle: { en: "{amount} added", sw: "{amount} imeingia" },
  done: { en: "Done", sw: "Sawa" },
  tryAgain: { en: "Try again", sw: "Jaribu tena" },
  changeAmount: { en: "Change amount", sw: "Badilisha kiasi" },
  pillWaiting: { en: "Deposit of {amount}: confirming", sw: "{amount} inathibitishwa" },
  pillDone: { en: "{amount} added", sw: "{amount} imeingia" },
  pillFailed: { en: "Deposit of {amount}: not completed", sw: "{amount} haikukamilika" },
  pillOpen: { en: "Open", sw: "Fungua" },
  offlineForm: {
    en: "No network. Nothing was sent. You can send once you are connected.",
    sw: "Hakuna mtandao. Hakuna kilichotumwa. Utaweza kutuma ukipata mtandao.",
  },
  next: { en: "Continue", sw: "Endelea" },
  feeLine: {
    en: "From M-PESA {phone} · no fee",
    sw: "Kutoka M-PESA {phone} · bila ada",
  },
  confirmTitle: { en: "You are about to deposit", sw: "Unakaribia kuweka" },
  promptGoesTo: { en: "From M-PESA", sw: "Kutoka M-PESA" },
  notYourNumber: { en: "Not your number?", sw: "Si nambari yako?" },
  numberRule: {
    en: "We only take deposits from the number of your account. Our team checks a new number before it counts, so this deposit would still come from the old one.",
    sw: "Tunapokea pesa kutoka nambari ya akaunti yako tu. Timu yetu hukagua nambari mpya kabla haijatumika, kwa hiyo muamala huu bado ungetoka kwenye ya zamani.",
  },
  waitIn: { en: "in {time}", sw: "baada ya {time}" },
  waitAnnounce: {
    en: "You can continue in {seconds} seconds",
    sw: "Unaweza kuendelea baada ya sekunde {seconds}",
  },
  waitOver: { en: "You can continue now", sw: "Unaweza kuendelea sasa" },
  lateTitle: { en: "Still confirming", sw: "Bado tunathibitisha" },
  elapsed: { en: "{time} so far.", sw: "Muda hadi sasa: {time}." },
  typical: {
    en: "Usually takes about {seconds} seconds right now.",
    sw: "Kwa sasa huchukua takriban sekunde {seconds}.",
  },
  typicalOne: {
    en: "Usually takes about a second right now.",
    sw: "Kwa sasa huchukua takriban sekunde moja.",
  },
  slowNow: { en: "M-PESA is slow now.", sw: "M-PESA inachelewa kwa sasa." },
  caseNumber: { en: "Case number", sw: "Nambari ya kesi" },
  reviewNow: {
    en: "Keep the M-PESA SMS. If your wallet does not show the money by tomorrow, contact us with the case number.",
    sw: "Tunza SMS ya M-PESA. Kama pochi yako haionyeshi pesa kufikia kesho, wasiliana nasi na nambari ya kesi.",
  },
  downTitle: { en: "M-PESA is slow", sw: "M-PESA inachelewa kwa sasa" },
  backTitle: { en: "M-PESA works again", sw: "M-PESA inafanya kazi tena" },
  toIdentity: { en: "Confirm who I am", sw: "Thibitisha mimi ni nani" },
  toLimits: { en: "See my limits", sw: "Ona vikomo vyangu" },
  toAccount: { en: "Change my number", sw: "Badilisha nambari yangu" },
  earlierTitle: { en: "Your earlier try", sw: "Jaribio lako la awali" },
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
    sw: "{amount} iko kwa timu yetu",
  },
  pillWatching: {
    en: "Deposit of {amount}: waiting for M-PESA",
    sw: "{amount}: tunasubiri M-PESA",
  },
  pillBack: { en: "M-PESA works again: {amount}", sw: "M-PESA inafanya kazi tena: {amount}" },
} satisfies Catalogue;
