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
  busy: { en: "Please wait…", sw: "Tafadhali subiri…" },
  closeTitle: { en: "Close my account", sw: "Funga akaunti yangu" },
  closeIntro: {
    en: "Close it for good, and have your data erased.",
    sw: "Ifunge kabisa, na data yako ifutwe.",
  },
} satisfies Catalogue;
