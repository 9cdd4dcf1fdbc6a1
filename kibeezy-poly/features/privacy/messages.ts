/** Texts of the account page's sections about privacy. */
import type { Catalogue } from "@/lib/text";

export const privacyMessages = {
  title: { en: "Privacy notice", sw: "Taarifa ya faragha" },
  consentTitle: { en: "Our privacy notice", sw: "Taarifa yetu ya faragha" },
  consentNew: {
    en: "Please read what we do with your data. Your money does not wait for this.",
    sw: "Tafadhali soma tunachofanya na data yako. Pesa zako hazisubiri hili.",
  },
  consentAccepted: { en: "You accepted it on {time}.", sw: "Uliikubali tarehe {time}." },
  consentRead: { en: "Read the notice", sw: "Soma taarifa" },
  consentAccept: { en: "I accept", sw: "Nakubali" },
  dataTitle: { en: "My data", sw: "Data yangu" },
  dataLead: {
    en: "Download everything that we hold about you, as a file.",
    sw: "Pakua kila kitu tulicho nacho kukuhusu, kama faili.",
  },
  password: { en: "Password of this account", sw: "Nenosiri la akaunti hii" },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  download: { en: "Download my data", sw: "Pakua data yangu" },
  busy: { en: "Please wait…", sw: "Tafadhali subiri…" },
  downloaded: {
    en: "Saved among your downloads. Keep it where only you can see it.",
    sw: "Imehifadhiwa kwenye vipakuliwa vyako. Iweke mahali unapoiona wewe tu.",
  },
  closeTitle: { en: "Close my account", sw: "Funga akaunti yangu" },
  closeLead: {
    en: "Your account is closed for good, and your name and number are erased. The law makes us keep the record of your payments, and of who you are, for {years} years; we use it for nothing else.",
    sw: "Akaunti yako inafungwa kabisa, na jina na nambari yako vinafutwa. Sheria inatutaka kuhifadhi kumbukumbu za malipo yako, na utambulisho wako, kwa miaka {years}; hatuzitumii kwa jambo lingine.",
  },
  closeIntro: {
    en: "Close it for good, and have your data erased.",
    sw: "Ifunge kabisa, na data yako ifutwe.",
  },
  closeFirst: { en: "This has to end first:", sw: "Haya yaishe kwanza:" },
  close: { en: "Ask to close it", sw: "Omba kuifunga" },
  withdraw: { en: "Keep my account", sw: "Niachie akaunti yangu" },
  wish_OPEN: {
    en: "You asked for this on {time}. We answer by {until}. Until then nothing changes.",
    sw: "Uliomba hivi tarehe {time}. Tutajibu kufikia {until}. Hadi hapo hakuna kinachobadilika.",
  },
  wish_DECLINED: {
    en: "We could not close it when you asked on {time}.",
    sw: "Hatukuweza kuifunga ulipoomba tarehe {time}.",
  },
  answer: { en: "Our answer: {answer}", sw: "Jibu letu: {answer}" },
  hindrance_operator: {
    en: "The account belongs to our team.",
    sw: "Akaunti hii ni ya timu yetu.",
  },
  hindrance_switched_off: { en: "The account is blocked.", sw: "Akaunti imezuiwa." },
  hindrance_break: {
    en: "Your pause or exclusion is running.",
    sw: "Mapumziko au kujizuia kwako kunaendelea.",
  },
  hindrance_balance: {
    en: "There is money in your wallet.",
    sw: "Kuna pesa kwenye pochi yako.",
  },
  hindrance_debt: { en: "You owe us money.", sw: "Unadaiwa pesa nasi." },
  hindrance_pending: {
    en: "A deposit is under way.",
    sw: "Kuna muamala unaoendelea.",
  },
  hindrance_requested: {
    en: "A deposit was asked for within the last 24 hours, and had no answer.",
    sw: "Kuna muamala ulioombwa ndani ya saa 24, na haujajibiwa.",
  },
  hindrance_case: {
    en: "We are looking into a payment of yours.",
    sw: "Tunachunguza malipo yako.",
  },
  hindrance_claim: {
    en: "We are looking for a payment that you told us of.",
    sw: "Tunatafuta malipo uliyotuambia.",
  },
  hindrance_proposal: {
    en: "Our team is deciding something about your account.",
    sw: "Timu yetu inaamua jambo kuhusu akaunti yako.",
  },
  hindrance_phone_change: {
    en: "You asked for another phone number.",
    sw: "Uliomba nambari nyingine ya simu.",
  },
  hindrance_submission: {
    en: "We are checking your identity.",
    sw: "Tunakagua utambulisho wako.",
  },
} satisfies Catalogue;
