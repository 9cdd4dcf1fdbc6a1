/**
 * The text of the privacy notice. A change of it takes a new date in version.ts and in the API. The
 * numbers come from the API.
 */
import type { Catalogue } from "@/lib/text";

export const noticeMessages = {
  lead: {
    en: "What we do with your data, in plain words. Version of {version}.",
    sw: "Tunachofanya na data yako, kwa maneno rahisi. Toleo la {version}.",
  },
  whatTitle: { en: "What we collect", sw: "Tunachokusanya" },
  what: {
    en: "Your name, your M-PESA number and a hash of your password; what you hand in to prove who you are: name, date of birth and ID number, which we encrypt; your deposits and what M-PESA tells us of them; limits that you set; and from which device and network you sign in, as codes that we cannot read back, with the browser's name, such as Chrome on Android, while you are logged in.",
    sw: "Jina lako, nambari yako ya M-PESA na alama ya siri ya nenosiri lako; unachotupa kuthibitisha wewe ni nani: jina, tarehe ya kuzaliwa na nambari ya kitambulisho, ambayo tunaificha kwa msimbo; miamala yako na M-PESA inachotuambia kuihusu; vikomo unavyoweka; na kifaa na mtandao unaoingilia, kama misimbo ambayo hatuwezi kuisoma, pamoja na jina la kivinjari, kama Chrome kwenye Android, ukiwa umeingia.",
  },
  whyTitle: { en: "Why, and by which law", sw: "Kwa nini, na kwa sheria gani" },
  why: {
    en: "To take your deposits and show them to you: that is our contract with you (Data Protection Act 2019, section 30). To know who you are, and to keep records of payments: the Proceeds of Crime and Anti-Money Laundering Act asks us to. To keep your account safe from others.",
    sw: "Kupokea pesa unazoweka na kukuonyesha: huo ni mkataba wetu nawe (Sheria ya Ulinzi wa Data 2019, kifungu cha 30). Kukujua wewe ni nani, na kuhifadhi kumbukumbu za malipo: Sheria ya Mapato ya Uhalifu na Utakatishaji wa Pesa inatutaka hivyo. Kulinda akaunti yako dhidi ya wengine.",
  },
  howLongTitle: { en: "How long", sw: "Kwa muda gani" },
  howLong: {
    en: "Payments, and what proves who you are, for {years} years after your account is closed, because the law asks for it. Name and number until we erase you. Devices and networks for 30 days after the last time. The rest for hours or days.",
    sw: "Malipo, na kinachothibitisha wewe ni nani, kwa miaka {years} baada ya akaunti yako kufungwa, kwa sababu sheria inataka. Jina na nambari hadi tutakapokufuta. Vifaa na mitandao kwa siku 30 baada ya mara ya mwisho. Mengine kwa saa au siku.",
  },
  whoTitle: { en: "Who gets it", sw: "Nani anaipata" },
  who: {
    en: "Safaricom gets your number and the amount when you make a deposit, because M-PESA is theirs. Where we send you an SMS, the company that carries it gets your number and its text. Authorities get what the law orders us to give. Nobody else, and nobody for advertising. Decisions of our fraud rules can refuse a deposit; you may ask our team to look at it again.",
    sw: "Safaricom inapata nambari yako na kiasi unapoweka pesa, kwa sababu M-PESA ni yao. Tunapokutumia SMS, kampuni inayoipeleka inapata nambari yako na ujumbe huo. Mamlaka zinapata kile sheria inachotuamuru kutoa. Hakuna mwingine, na hakuna kwa matangazo. Kanuni zetu za ulaghai zinaweza kukataa muamala; unaweza kuomba timu yetu iuangalie tena.",
  },
  rightsTitle: { en: "Your rights", sw: "Haki zako" },
  rights: {
    en: "You may see your data and download it, correct it, object, and have it erased where no law keeps it. Download and closing are on your account page; for the rest write to us. We answer within {days} days.",
    sw: "Unaweza kuona data yako na kuipakua, kuirekebisha, kupinga, na kuomba ifutwe pale ambapo hakuna sheria inayoihifadhi. Kupakua na kufunga viko kwenye ukurasa wa akaunti yako; kwa mengine tuandikie. Tunajibu ndani ya siku {days}.",
  },
  contact: { en: "Questions: {contact}.", sw: "Maswali: {contact}." },
  support: { en: "our support", sw: "huduma yetu kwa wateja" },
  odpc: {
    en: "If you are not content with our answer, the Office of the Data Protection Commissioner (ODPC) hears complaints: odpc.go.ke.",
    sw: "Usiporidhika na jibu letu, Ofisi ya Kamishna wa Ulinzi wa Data (ODPC) inasikiliza malalamiko: odpc.go.ke.",
  },
} satisfies Catalogue;
