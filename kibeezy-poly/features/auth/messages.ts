/** Texts of logging in and signing up. */
import type { Catalogue } from "@/lib/text";

export const authMessages = {
  loginTitle: { en: "Log in", sw: "Ingia" },
  loginHeadline: {
    en: "Add money with M-PESA in seconds",
    sw: "Weka pesa kwa M-PESA kwa sekunde chache",
  },
  loginLead: {
    en: "We never ask for your M-PESA PIN.",
    sw: "Hatuulizi PIN yako ya M-PESA kamwe.",
  },
  loginAction: { en: "Log in", sw: "Ingia" },
  loginBusy: { en: "Logging in…", sw: "Unaingia…" },
  sessionEnded: {
    en: "Your session ended. Log in again to return to where you were. A deposit under way goes on automatically.",
    sw: "Umeondolewa kwa usalama wako. Ingia tena utarudi ulipokuwa. Muamala unaoendelea unaendelea wenyewe.",
  },
  noAccount: { en: "New here?", sw: "Mgeni hapa?" },
  toSignup: { en: "Create an account", sw: "Fungua akaunti" },
  signupTitle: { en: "Create your account", sw: "Fungua akaunti yako" },
  signupLead: {
    en: "Use the number that has M-PESA. We only take deposits from this number.",
    sw: "Tumia nambari yenye M-PESA. Pesa zitatoka kwenye nambari hiyo tu.",
  },
  signupAction: { en: "Create account", sw: "Fungua akaunti" },
  signupBusy: { en: "Creating…", sw: "Inafunguliwa…" },
  acceptsNotice: {
    en: "By creating an account you accept our",
    sw: "Ukifungua akaunti unakubali",
  },
  noticeLink: { en: "privacy notice", sw: "taarifa yetu ya faragha" },
  haveAccount: { en: "Already with us?", sw: "Una akaunti tayari?" },
  toLogin: { en: "Log in", sw: "Ingia" },
  fullName: { en: "Full name", sw: "Jina kamili" },
  fullNameHint: { en: "As on your ID.", sw: "Kama lilivyo kwenye kitambulisho." },
  phone: { en: "Phone number", sw: "Nambari ya simu" },
  passwordHint: {
    en: "At least 8 characters. Never use your M-PESA PIN.",
    sw: "Angalau herufi 8. Usitumie PIN yako ya M-PESA.",
  },
  nameMissing: { en: "Enter your name.", sw: "Weka jina lako." },
  phoneWrong: {
    en: "Enter a Kenyan mobile number, such as 0712 345 678.",
    sw: "Weka nambari ya simu ya Kenya, kama 0712 345 678.",
  },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  passwordShort: { en: "Use at least 8 characters.", sw: "Tumia angalau herufi 8." },
  forgot: { en: "Forgot password?", sw: "Umesahau nenosiri?" },
  refused: {
    en: "That did not work. Check what you entered and try again.",
    sw: "Haikufaulu. Angalia ulichoweka kisha ujaribu tena.",
  },
} satisfies Catalogue;
