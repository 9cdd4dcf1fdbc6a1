/**
 * Texts of the views of a payment by hand. Only those views import this file, so that neither the
 * pages' first load nor the deposit sheet includes it.
 */
import type { Catalogue } from "@/lib/text";

export const paybillMessages = {
  waitTitle: { en: "Have you entered your PIN?", sw: "Je, umeweka PIN yako?" },
  waitWhat: {
    en: "If you have entered your PIN, wait: paying again pays twice.",
    sw: "Kama umeweka PIN yako, subiri: ukilipa tena utalipa mara mbili.",
  },
  waitOpen: {
    en: "The prompt may stay on your phone until {time}.",
    sw: "Ombi linaweza kubaki kwenye simu yako hadi saa {time}.",
  },
  waitUnknown: {
    en: "M-PESA has not told us yet how your last request ended.",
    sw: "M-PESA bado haijatuambia ombi lako la mwisho liliishaje.",
  },
  waitMore: { en: "Wait for M-PESA", sw: "Subiri M-PESA" },
  noPin: { en: "I did not enter my PIN", sw: "Sikuweka PIN yangu" },
  lead: {
    en: "In the M-PESA app or menu choose Lipa na M-PESA, then Pay Bill. Enter these:",
    sw: "Kwenye app au menyu ya M-PESA chagua Lipa na M-PESA, kisha Lipa Bili. Weka hizi:",
  },
  businessNumber: { en: "Business number", sw: "Nambari ya biashara" },
  accountNumber: { en: "Your own account number", sw: "Nambari yako ya akaunti" },
  amount: { en: "Amount in KSh", sw: "Kiasi kwa KSh" },
  copyNamed: { en: "Copy: {what}", sw: "Nakili: {what}" },
  copy: { en: "Copy", sw: "Nakili" },
  selected: { en: "Selected", sw: "Imechaguliwa" },
  selectedHow: {
    en: "The number is selected. Hold it and choose Copy.",
    sw: "Nambari imechaguliwa. Ishikilie kisha uchague Nakili.",
  },
  range: { en: "From {min} to {max}.", sw: "Kuanzia {min} hadi {max}." },
  checkName: {
    en: "Enter your PIN only if M-PESA names {name}.",
    sw: "Weka PIN yako tu ikiwa M-PESA inataja {name}.",
  },
  ownForEver: {
    en: "The account number is yours alone and stays the same.",
    sw: "Nambari ya akaunti ni yako peke yako na haibadiliki.",
  },
  whenAdded: {
    en: "The money is added automatically once M-PESA tells us of it.",
    sw: "Pesa itaongezwa yenyewe M-PESA ikitujulisha.",
  },
  alreadyPin: { en: "Already entered your PIN?", sw: "Tayari umeweka PIN?" },
  alreadyPinNow: {
    en: "Then do not pay here. That money is added automatically.",
    sw: "Basi usilipe hapa. Pesa hiyo itaongezwa yenyewe.",
  },
  identityFirst: {
    en: "Confirm who you are before you pay. Until then we cannot add a payment to your wallet.",
    sw: "Thibitisha wewe ni nani kabla ya kulipa. Hadi hapo hatuwezi kuongeza malipo kwenye pochi yako.",
  },
  toIdentity: { en: "Confirm who I am", sw: "Thibitisha mimi ni nani" },
  onBreak: {
    en: "You are taking a break until {time}. Do not pay: nothing is added to your wallet before that.",
    sw: "Uko kwenye mapumziko hadi {time}. Usilipe: hakuna kitakachoongezwa kwenye pochi yako kabla ya hapo.",
  },
  toLimits: { en: "See my limits", sw: "Ona vikomo vyangu" },
  back: { en: "Back", sw: "Rudi" },
  iHavePaid: { en: "I have paid", sw: "Nimelipa" },
  askWhat: {
    en: "You opened the paybill number at {time}. If you paid there, do not pay again: that money is added automatically.",
    sw: "Ulifungua nambari ya paybill saa {time}. Kama ulilipa hapo, usilipe tena: pesa hiyo itaongezwa yenyewe.",
  },
  askMoney: {
    en: "No prompt has been sent yet.",
    sw: "Bado hakuna ombi lililotumwa.",
  },
  askSend: { en: "I have not paid: send the prompt", sw: "Sijalipa: tuma ombi" },
  claimLead: {
    en: "Paste the M-PESA SMS, or type its code.",
    sw: "Bandika SMS ya M-PESA, au andika msimbo wake.",
  },
  claimLabel: { en: "M-PESA SMS or code", sw: "SMS ya M-PESA au msimbo" },
  paste: { en: "Paste", sw: "Bandika" },
  pasteFailed: {
    en: "Hold the box and choose Paste.",
    sw: "Shikilia kisanduku kisha uchague Bandika.",
  },
  claimPrivate: {
    en: "The SMS alone adds no money.",
    sw: "SMS peke yake haiongezi pesa.",
  },
  claimPrivateNow: {
    en: "We ask M-PESA about its code. Only the code leaves your phone, never your balance.",
    sw: "Tunauliza M-PESA kuhusu msimbo wake. Ni msimbo tu unaotoka kwenye simu yako, si salio lako.",
  },
  foundPaid: { en: "{amount}, {time}: is that right?", sw: "{amount}, {time}: ni sawa?" },
  foundDay: { en: "Paid on {time}, is that right?", sw: "Ililipwa {time}, ni sawa?" },
  foundAccount: { en: "Account {account}", sw: "Akaunti {account}" },
  corrected: {
    en: "We read one character differently: O and 0, I and 1 look alike. Compare it with the SMS.",
    sw: "Tumesoma herufi moja tofauti: O na 0, I na 1 zinafanana. Linganisha na SMS.",
  },
  old: {
    en: "This code is from {day}. Is it the right SMS?",
    sw: "Msimbo huu ni wa {day}. Je, ni SMS sahihi?",
  },
  contradicts: {
    en: "The code is from {day}, but the SMS names another day. Compare the code.",
    sw: "Msimbo ni wa {day}, lakini SMS inataja siku nyingine. Linganisha msimbo.",
  },
  toOthers: {
    en: "This SMS is of a payment to {payee}. We find only payments to {name}, paybill {paybill}.",
    sw: "SMS hii ni ya malipo kwa {payee}. Tunatafuta tu malipo kwa {name}, paybill {paybill}.",
  },
  pasted_empty: {
    en: "Paste the SMS, or type its code.",
    sw: "Bandika SMS, au andika msimbo wake.",
  },
  pasted_none: {
    en: "There is no M-PESA code in it. A code has ten letters and digits, such as {example}.",
    sw: "Hakuna msimbo wa M-PESA ndani yake. Msimbo una herufi na tarakimu kumi, kama {example}.",
  },
  pasted_foreign: {
    en: "This is not from M-PESA in Kenya. We can only find payments of M-PESA Kenya.",
    sw: "Hii si ya M-PESA ya Kenya. Tunaweza kutafuta malipo ya M-PESA Kenya tu.",
  },
  pasted_failure: {
    en: "This SMS says that nothing was paid. Look for one that says Confirmed.",
    sw: "SMS hii inasema hakuna kilicholipwa. Tafuta inayosema Imethibitishwa.",
  },
  pasted_reversal: {
    en: "M-PESA has taken this payment back: the money is in your M-PESA again, not with us.",
    sw: "M-PESA imerudisha malipo haya: pesa iko tena kwenye M-PESA yako, si kwetu.",
  },
  pasted_received: {
    en: "This SMS is of money that you received, not of a payment to us.",
    sw: "SMS hii ni ya pesa uliyopokea, si ya malipo kwetu.",
  },
  pasted_future: {
    en: "This code names {day}, which is still to come. Compare it with the SMS.",
    sw: "Msimbo huu unataja {day}, ambayo bado haijafika. Linganisha na SMS.",
  },
  find: { en: "Find my payment", sw: "Tafuta malipo yangu" },
  findAnyway: { en: "Look for it all the same", sw: "Tafuta hata hivyo" },
  finding: { en: "Asking M-PESA…", sw: "Tunauliza M-PESA…" },
  claimError_invalid_code: {
    en: "M-PESA has no such code. Compare each character with the SMS.",
    sw: "M-PESA haina msimbo kama huo. Linganisha kila herufi na SMS.",
  },
  claimError_claim_in_progress: {
    en: "We are already looking for this payment.",
    sw: "Tayari tunatafuta malipo haya.",
  },
  claimError_rate_limited: {
    en: "You have asked five times today. We go on looking for those payments; ask for another one tomorrow.",
    sw: "Umeuliza mara tano leo. Tunaendelea kutafuta malipo hayo; uliza mengine kesho.",
  },
  claimError_not_found: {
    en: "We cannot look for payments right now. Nothing is lost: keep the SMS.",
    sw: "Hatuwezi kutafuta malipo kwa sasa. Hakuna kilichopotea: tunza SMS.",
  },
  checkingTitle: { en: "We are looking for {code}", sw: "Tunatafuta {code}" },
  checkingWhat: {
    en: "M-PESA has not told us of this payment yet. We look for it for three days, and add it automatically.",
    sw: "M-PESA bado haijatujulisha malipo haya. Tunayatafuta kwa siku tatu, na tutayaongeza yenyewe.",
  },
  checkingNow: {
    en: "Do not pay again. Keep the SMS; you may close this.",
    sw: "Usilipe tena. Tunza SMS; unaweza kufunga.",
  },
  checkNow: { en: "Check now", sw: "Angalia sasa" },
  checkBusy: { en: "Checking…", sw: "Tunaangalia…" },
  checkedAt: { en: "Not yet, at {time}.", sw: "Bado, saa {time}." },
  closedTitle: { en: "We have looked into {code}", sw: "Tumechunguza {code}" },
  another: { en: "Look for another payment", sw: "Tafuta malipo mengine" },
  creditedTitle: { en: "Your payment is in your wallet", sw: "Malipo yako yako kwenye pochi yako" },
  alreadyTitle: {
    en: "This payment is already in your wallet",
    sw: "Malipo haya tayari yako kwenye pochi yako",
  },
  alreadyNow: {
    en: "There is nothing more to do. Do not pay again.",
    sw: "Huhitaji kufanya kitu kingine. Usilipe tena.",
  },
  toDeposit: { en: "See this deposit", sw: "Ona muamala huu" },
} satisfies Catalogue;
