/** Texts about the remaining allowance and amounts, shared by the sheet and the limits page. */
import type { Catalogue } from "@/lib/text";

export const allowanceMessages = {
  remaining_one: {
    en: "You can deposit up to {left} at once.",
    sw: "Unaweza kuweka hadi {left} kwa muamala mmoja.",
  },
  remaining_day: {
    en: "You can still deposit {left} today. The limit is {limit} a day.",
    sw: "Leo bado unaweza kuweka {left}. Kikomo ni {limit} kwa siku.",
  },
  remaining_ownDay: {
    en: "You can still deposit {left} today. Your own limit is {limit} a day.",
    sw: "Leo bado unaweza kuweka {left}. Kikomo chako: {limit} kwa siku.",
  },
  remaining_ownWeek: {
    en: "You can still deposit {left} this week. Your own limit is {limit} a week.",
    sw: "Wiki hii bado unaweza kuweka {left}. Kikomo chako: {limit} kwa wiki.",
  },
  wholeShillings: {
    en: "Only whole shillings are possible. Write the amount in digits, without cents.",
    sw: "Shilingi kamili tu zinakubaliwa. Andika kiasi kwa tarakimu, bila senti.",
  },
  limitOne: { en: "Most per deposit", sw: "Kiasi cha juu kwa muamala" },
  limitDay: { en: "Limit per day", sw: "Kikomo kwa siku" },
  limitOwnDay: { en: "Your own limit per day", sw: "Kikomo chako kwa siku" },
  limitWeek: { en: "Your own limit per week", sw: "Kikomo chako kwa wiki" },
} satisfies Catalogue;
