/** Texts of the limits page. Their tone is calm, because some customers come here in distress. */
import type { Catalogue } from "@/lib/text";

export const limitsMessages = {
  title: { en: "Limits", sw: "Vikomo" },
  lead: {
    en: "What you may deposit, and what you allow yourself.",
    sw: "Kiasi unachoweza kuweka, na unachojiruhusu.",
  },
  possible: { en: "What your limits allow", sw: "Kinachoruhusiwa na vikomo" },
  possibleLater: {
    en: "What your limits will allow",
    sw: "Kitakachoruhusiwa na vikomo",
  },
  identityThen: {
    en: "From then on these limits apply. Yours may be lower after the check.",
    sw: "Kuanzia hapo vikomo hivi vitahesabiwa. Vyako vinaweza kuwa vya chini baada ya ukaguzi.",
  },
  perDay: { en: "One day", sw: "Siku moja" },
  perWeek: { en: "One week, by your own limit", sw: "Wiki moja, kwa kikomo chako" },
  perDayOwn: { en: "One day, by your own limit", sw: "Siku moja, kwa kikomo chako" },
  today: { en: "Today", sw: "Leo" },
  todayOwn: { en: "Today, by your own limit", sw: "Leo, kwa kikomo chako" },
  week: { en: "This week, by your own limit", sw: "Wiki hii, kwa kikomo chako" },
  left: { en: "{amount} left", sw: "Zimebaki {amount}" },
  usedOf: { en: "{used} of {limit} used", sw: "{used} kati ya {limit} zimetumika" },
  todayNote: {
    en: "The day ends at midnight. Deposits still under way count too.",
    sw: "Siku inaisha saa sita usiku. Miamala inayoendelea pia inahesabiwa.",
  },
  each: { en: "One deposit", sw: "Muamala mmoja" },
  eachRange: { en: "{min} to {max}", sw: "{min} hadi {max}" },
  tier: { en: "Your level", sw: "Kiwango chako" },
  tier_basic: { en: "Basic", sw: "Cha msingi" },
  tier_full: { en: "Full", sw: "Kamili" },
  tierBasicNote: {
    en: "Your identity is confirmed at the basic level. To deposit more, ask our support for the full one.",
    sw: "Utambulisho wako umethibitishwa kwa kiwango cha msingi. Ili uweke zaidi, omba kiwango kamili kwa huduma kwa wateja.",
  },
  mpesa: {
    en: "M-PESA has limits of its own: {each} for one payment and {day} in a day.",
    sw: "M-PESA ina vikomo vyake: {each} kwa kila malipo na {day} kwa siku.",
  },
  caps: { en: "Your own limits", sw: "Vikomo vyako mwenyewe" },
  capsLead: {
    en: "The most you want to deposit. Lowering works at once. Raising or removing works after 24 hours, so that there is time to think.",
    sw: "Kiasi cha juu unachotaka kuweka. Kupunguza kunafanya kazi mara moja. Kuongeza au kuondoa kunafanya kazi baada ya saa 24, ili upate muda wa kufikiri.",
  },
  capDay: { en: "Per day, in KSh", sw: "Kwa siku, kwa KSh" },
  capWeek: { en: "Per week, in KSh", sw: "Kwa wiki, kwa KSh" },
  capNone: { en: "No limit", sw: "Hakuna kikomo" },
  capNow: {
    en: "Now: {amount}. Leave empty for no limit.",
    sw: "Sasa: {amount}. Acha tupu kama hutaki kikomo.",
  },
  capsSave: { en: "Save my limits", sw: "Hifadhi vikomo" },
  saving: { en: "Saving…", sw: "Inahifadhi…" },
  capsSame: { en: "Nothing has changed.", sw: "Hakuna kilichobadilika." },
  capsSaved: {
    en: "Saved. It applies from now on.",
    sw: "Imehifadhiwa. Inahesabiwa kuanzia sasa.",
  },
  capsRaisedSoon: {
    en: "Saved. The higher limit applies after 24 hours.",
    sw: "Imehifadhiwa. Kikomo cha juu kitaanza baada ya saa 24.",
  },
  weekBelowDay: {
    en: "The limit per week must not be below the one per day.",
    sw: "Kikomo cha wiki kisiwe chini ya cha siku.",
  },
  pendingTitle: { en: "From {time}", sw: "Kuanzia {time}" },
  pendingBody: {
    en: "Per day: {day}. Per week: {week}. Until then the current limits apply.",
    sw: "Kwa siku: {day}. Kwa wiki: {week}. Hadi hapo vikomo vya sasa vinahesabiwa.",
  },
  pendingCancel: { en: "Keep my current limits", sw: "Baki na vikomo vya sasa" },
} satisfies Catalogue;
