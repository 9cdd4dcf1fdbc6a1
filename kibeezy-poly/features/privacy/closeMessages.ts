/** Texts of closing the account, which are loaded when that is opened. */
import type { Catalogue } from "@/lib/text";

export const closeMessages = {
  closeLead: {
    en: "Your account is closed for good, and your name and number are erased. The law makes us keep the record of your payments, and of who you are, for {years} years; we use it for nothing else.",
    sw: "Akaunti yako inafungwa kabisa, na jina na nambari yako vinafutwa. Sheria inatutaka kuhifadhi kumbukumbu za malipo yako, na utambulisho wako, kwa miaka {years}; hatuzitumii kwa jambo lingine.",
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
