/** Texts of the account page. */
import type { Catalogue } from "@/lib/text";

export const accountMessages = {
  title: { en: "Account", sw: "Akaunti" },
  you: { en: "You", sw: "Wewe" },
  name: { en: "Name", sw: "Jina" },
  phone: { en: "M-PESA number", sw: "Nambari ya M-PESA" },
  identity: { en: "Identity", sw: "Utambulisho" },
  kyc_PENDING: { en: "Not confirmed yet", sw: "Bado haijathibitishwa" },
  kyc_VERIFIED: { en: "Confirmed", sw: "Imethibitishwa" },
  kyc_REJECTED: { en: "Not confirmed", sw: "Haikuthibitishwa" },
  limits: { en: "Limits and cool-off", sw: "Vikomo na mapumziko" },
  statement: { en: "Statement", sw: "Taarifa ya akaunti" },
  password: { en: "Change password", sw: "Badilisha nenosiri" },
  passwordLead: {
    en: "Every other phone or computer is then logged out.",
    sw: "Simu au kompyuta nyingine zote zitatolewa kwenye akaunti.",
  },
  passwordSetByUs: {
    en: "Our team set your password on {time}. If you did not ask for that, change it now and tell us.",
    sw: "Sisi tuliweka nenosiri lako tarehe {time}. Ikiwa hukuomba hivyo, libadilishe sasa na utuambie.",
  },
  passwordNow: { en: "Current password", sw: "Nenosiri la sasa" },
  passwordNew: { en: "New password", sw: "Nenosiri jipya" },
  passwordHint: {
    en: "At least 8 characters. Never use your M-PESA PIN.",
    sw: "Angalau herufi 8. Usitumie PIN yako ya M-PESA.",
  },
  passwordMissing: { en: "Enter your password.", sw: "Weka nenosiri lako." },
  passwordShort: { en: "Use at least 8 characters.", sw: "Tumia angalau herufi 8." },
  passwordSame: {
    en: "The new password is the old one.",
    sw: "Nenosiri jipya ni lile lile la zamani.",
  },
  passwordSave: { en: "Change password", sw: "Badilisha nenosiri" },
  saving: { en: "Saving…", sw: "Inahifadhi…" },
  passwordSaved: {
    en: "Your password is changed. Other devices are logged out.",
    sw: "Nenosiri limebadilishwa. Vifaa vingine vimetolewa kwenye akaunti.",
  },
  sessions: { en: "Where you are logged in", sw: "Ulipoingia" },
  sessionsLead: {
    en: "Phones and computers that open your account now. Do you not know one? Log out everywhere else, then change your password.",
    sw: "Simu na kompyuta zinazofungua akaunti yako sasa. Kuna usiyoijua? Toka kwingine kote, kisha ubadilishe nenosiri lako.",
  },
  change: { en: "Change phone number", sw: "Badilisha nambari ya simu" },
  changeLead: {
    en: "Our team makes sure that the new number is yours before the change. After that you log in with it.",
    sw: "Mtu atahakikisha kwamba nambari mpya ni yako kabla ianze kutumika. Baada ya hapo utaingia nayo.",
  },
  newPhone: { en: "New number", sw: "Nambari mpya" },
  phoneWrong: {
    en: "Enter a Kenyan mobile number, such as 0712 345 678.",
    sw: "Weka nambari ya simu ya Kenya, kama 0712 345 678.",
  },
  phoneSame: { en: "This is your number already.", sw: "Hii ni nambari yako tayari." },
  yourPassword: { en: "Your password", sw: "Nenosiri lako" },
  changeSend: { en: "Ask for the change", sw: "Omba mabadiliko" },
  sending: { en: "Sending…", sw: "Inatuma…" },
  change_PENDING: {
    en: "You asked for {phone} on {time}. Our team is checking it. Until then nothing changes.",
    sw: "Uliomba {phone} tarehe {time}. Mtu anaikagua. Hadi hapo hakuna kinachobadilika.",
  },
  change_APPROVED: {
    en: "Changed to {phone} on {time}.",
    sw: "Ilibadilishwa kuwa {phone} tarehe {time}.",
  },
  change_REJECTED: {
    en: "The change to {phone} was refused on {time}.",
    sw: "Mabadiliko kuwa {phone} yalikataliwa tarehe {time}.",
  },
  change_CANCELLED: {
    en: "You withdrew the change to {phone}.",
    sw: "Uliondoa ombi la kubadilisha kuwa {phone}.",
  },
  reason: { en: "Reason: {reason}", sw: "Sababu: {reason}" },
  withdraw: { en: "Withdraw the request", sw: "Ondoa ombi" },
  withdrawing: { en: "Withdrawing…", sw: "Inaondolewa…" },
  language: { en: "Language", sw: "Lugha" },
  english: { en: "English", sw: "English" },
  kiswahili: { en: "Kiswahili", sw: "Kiswahili" },
  about: { en: "About this app", sw: "Kuhusu programu hii" },
  version: { en: "Version", sw: "Toleo" },
  environment: { en: "Environment", sw: "Mazingira" },
  environment_mock: { en: "Mock: no real money", sw: "Mock: hakuna pesa halisi" },
  environment_sandbox: { en: "Sandbox: test money", sw: "Sandbox: pesa za majaribio" },
  environment_production: { en: "Live", sw: "Halisi" },
} satisfies Catalogue;
