/** Texts of the identity page. */
import type { Catalogue } from "@/lib/text";

export const identityMessages = {
  title: { en: "Your identity", sw: "Utambulisho wako" },
  lead: {
    en: "The law asks us to know who deposits. It takes two minutes, once.",
    sw: "Sheria inatutaka tujue anayeweka pesa. Inachukua dakika mbili, mara moja tu.",
  },
  why: { en: "Why we ask", sw: "Kwa nini tunauliza" },
  whyMoney: {
    en: "Money can only come from the M-PESA number of the person named here.",
    sw: "Pesa zinaweza kutoka tu kwa nambari ya M-PESA ya mtu aliyetajwa hapa.",
  },
  whyAge: { en: "You must be 18 or older.", sw: "Lazima uwe na miaka 18 au zaidi." },
  whySafe: {
    en: "Our team checks it. Your ID number is stored encrypted and shown to you masked.",
    sw: "Mtu huikagua. Nambari ya kitambulisho huhifadhiwa kwa siri na huonyeshwa ikiwa imefichwa.",
  },
  formTitle: { en: "Your details", sw: "Taarifa zako" },
  formAgain: { en: "Send your details again", sw: "Tuma taarifa zako tena" },
  fullName: { en: "Full name", sw: "Jina kamili" },
  fullNameHint: { en: "Exactly as on your document.", sw: "Sawasawa na lilivyo kwenye hati yako." },
  idNumber: { en: "ID number", sw: "Nambari ya kitambulisho" },
  idNumberHint: {
    en: "National ID, passport or alien card.",
    sw: "Kitambulisho, pasipoti au kadi ya mgeni.",
  },
  born: { en: "Date of birth", sw: "Tarehe ya kuzaliwa" },
  bornHint: { en: "As on your document.", sw: "Kama ilivyo kwenye hati yako." },
  send: { en: "Send for checking", sw: "Tuma zikaguliwe" },
  sending: { en: "Sending…", sw: "Inatuma…" },
  nameMissing: { en: "Enter your full name.", sw: "Weka jina lako kamili." },
  nameShort: {
    en: "Enter at least two names, as on your document.",
    sw: "Weka angalau majina mawili, kama kwenye hati yako.",
  },
  idMissing: { en: "Enter your ID number.", sw: "Weka nambari ya kitambulisho." },
  idWrong: {
    en: "Enter the number as it is on your document: 6 to 12 letters and digits.",
    sw: "Weka nambari kama ilivyo kwenye hati yako: herufi na tarakimu 6 hadi 12.",
  },
  bornMissing: { en: "Enter your date of birth.", sw: "Weka tarehe yako ya kuzaliwa." },
  bornWrong: { en: "Check this date.", sw: "Angalia tarehe hii." },
  bornYoung: {
    en: "You must be 18 or older to deposit.",
    sw: "Lazima uwe na miaka 18 au zaidi kuweka pesa.",
  },
  state: { en: "Status", sw: "Hali" },
  state_NONE: { en: "Not sent yet", sw: "Bado hujatuma" },
  state_PENDING: { en: "Being checked", sw: "Inakaguliwa" },
  state_VERIFIED: { en: "Confirmed", sw: "Imethibitishwa" },
  state_REJECTED: { en: "Not confirmed", sw: "Haikuthibitishwa" },
  body_NONE: {
    en: "Send your details below. Until then no deposit is possible.",
    sw: "Tuma taarifa zako hapa chini. Hadi hapo huwezi kuweka pesa.",
  },
  body_PENDING: {
    en: "We have your details. Our team is checking them, usually within one working day. There is nothing more to do.",
    sw: "Tumepokea taarifa zako. Mtu anazikagua, kwa kawaida ndani ya siku moja ya kazi. Huhitaji kufanya chochote zaidi.",
  },
  body_VERIFIED: {
    en: "Your identity is confirmed. You can deposit up to the full limits.",
    sw: "Tumethibitisha utambulisho wako. Unaweza kuweka pesa hadi vikomo kamili.",
  },
  body_VERIFIED_basic: {
    en: "Your identity is confirmed at the basic level. Your limits say how much you can deposit; for the full level, ask our support.",
    sw: "Utambulisho wako umethibitishwa kwa kiwango cha msingi. Vikomo vyako vinasema kiasi unachoweza kuweka; kwa kiwango kamili, omba huduma kwa wateja.",
  },
  body_REJECTED: {
    en: "Please correct your details and send them again.",
    sw: "Tafadhali rekebisha taarifa zako na uzitume tena.",
  },
  body_CLOSED: {
    en: "Please contact support to continue.",
    sw: "Tafadhali wasiliana na huduma kwa wateja ili kuendelea.",
  },
  reason: { en: "Reason", sw: "Sababu" },
  sentAt: { en: "Sent", sw: "Zilitumwa" },
  decidedAt: { en: "Decided", sw: "Iliamuliwa" },
  received: {
    en: "Your details were sent. We will check them.",
    sw: "Taarifa zako zimetumwa. Tutazikagua.",
  },
  toLimits: { en: "See my limits", sw: "Ona vikomo vyangu" },
  toDeposit: { en: "Go to deposit", sw: "Nenda kuweka pesa" },
} satisfies Catalogue;
