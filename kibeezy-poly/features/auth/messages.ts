/** Texts of logging in and signing up. */
import type { Catalogue } from "@/lib/text";

export const authMessages = {
  loginTitle: { en: "Log in", sw: "Ingia" },
  loginLead: {
    en: "See your balance and add money with M-Pesa.",
    sw: "Ona salio lako na uweke pesa kwa M-Pesa.",
  },
  loginAction: { en: "Log in", sw: "Ingia" },
  loginBusy: { en: "Logging in…", sw: "Unaingia…" },
  sessionEnded: {
    en: "Your session ended. Log in again to return to where you were. A deposit under way goes on automatically.",
    sw: "Muda wako umeisha. Ingia tena utarudi ulipokuwa. Muamala unaoendelea unaendelea wenyewe.",
  },
  noAccount: { en: "New here?", sw: "Mgeni hapa?" },
  toSignup: { en: "Create an account", sw: "Fungua akaunti" },
  signupTitle: { en: "Create your account", sw: "Fungua akaunti yako" },
  signupLead: {
    en: "Use the number that has M-Pesa. Deposits come from it only.",
    sw: "Tumia nambari yenye M-Pesa. Pesa zitatoka kwenye nambari hiyo tu.",
  },
  signupAction: { en: "Create account", sw: "Fungua akaunti" },
  signupBusy: { en: "Creating…", sw: "Inafunguliwa…" },
  haveAccount: { en: "Already with us?", sw: "Una akaunti tayari?" },
  toLogin: { en: "Log in", sw: "Ingia" },
  fullName: { en: "Full name", sw: "Jina kamili" },
  fullNameHint: { en: "As on your ID.", sw: "Kama lilivyo kwenye kitambulisho." },
  phone: { en: "Phone number", sw: "Nambari ya simu" },
  phoneHint: {
    en: "Safaricom, for example 0712 345 678.",
    sw: "Safaricom, kwa mfano 0712 345 678.",
  },
  passwordHint: {
    en: "At least 8 characters. Never use your M-Pesa PIN.",
    sw: "Angalau herufi 8. Usitumie PIN yako ya M-Pesa.",
  },
  nameMissing: { en: "Enter your name.", sw: "Weka jina lako." },
  phoneWrong: {
    en: "Enter a Kenyan mobile number, such as 0712 345 678.",
    sw: "Weka nambari ya simu ya Kenya, kama 0712 345 678.",
  },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  passwordShort: { en: "Use at least 8 characters.", sw: "Tumia angalau herufi 8." },
  refused: {
    en: "That did not work. Check what you entered and try again.",
    sw: "Haikufaulu. Angalia ulichoweka kisha ujaribu tena.",
  },
} satisfies Catalogue;
