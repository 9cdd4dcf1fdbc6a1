/**
 * Texts for a push whose answer was lost. Only the sheet imports this file, so that the pages'
 * first load does not include it.
 */
import type { Catalogue } from "@/lib/text";

export const unclearMessages = {
  sendingAgainWhat: {
    en: "We are asking about the same request once more.",
    sw: "Tunauliza tena kuhusu ombi lile lile.",
  },
  sendingAgainNow: {
    en: "Do not pay again. Closing is safe.",
    sw: "Usilipe tena. Ni salama kufunga.",
  },
  unclear_timeout: {
    en: "The network was too slow to tell us.",
    sw: "Mtandao ulikuwa wa polepole mno kutujulisha.",
  },
  unclear_offline: {
    en: "The network was lost while sending. You pressed Deposit at {time}; we check as soon as you are back.",
    sw: "Mtandao ulikatika wakati wa kutuma. Ulibonyeza Weka saa {time}; tutaangalia mara ukirudi.",
  },
  unclear_noAnswer: {
    en: "Our service gave no clear answer.",
    sw: "Huduma yetu haikutoa jibu wazi.",
  },
  unclear_stillStarting: {
    en: "The first request is still under way.",
    sw: "Ombi la kwanza bado linaendelea.",
  },
  unclear_interrupted: {
    en: "This page was closed while sending, at {time}.",
    sw: "Ukurasa ulifungwa wakati wa kutuma, saa {time}.",
  },
  unclear_otherTab: {
    en: "Another tab of this browser is sending a deposit, since {time}.",
    sw: "Tab nyingine ya kivinjari hiki inatuma muamala, tangu saa {time}.",
  },
  unclear_elsewhere: {
    en: "Another tab has ended this request. We are checking whether it arrived.",
    sw: "Tab nyingine imemaliza ombi hili. Tunaangalia kama lilifika.",
  },
  unclearMoney: {
    en: "No money moves unless you enter your PIN. Enter it only if the prompt names Kibeezy and {amount}.",
    sw: "Hakuna pesa inayotoka bila PIN yako. Iweke tu ikiwa ombi linataja Kibeezy na {amount}.",
  },
  unclearNow: {
    en: "Check now. It is the same request: you cannot pay twice.",
    sw: "Angalia sasa. Ni ombi lile lile: huwezi kulipa mara mbili.",
  },
  searchOnlyNow: {
    en: "Check now. We only check whether it arrived; nothing is sent again.",
    sw: "Angalia sasa. Tunaangalia tu kama lilifika; hatutumi tena.",
  },
  missingWhat: {
    en: "Our service never got your request of {time}.",
    sw: "Huduma yetu haikupata ombi lako la saa {time}.",
  },
  missingNow: {
    en: "Start again. Or check now: the same request is sent again, and you cannot pay twice.",
    sw: "Anza upya. Au angalia sasa: ombi lile lile litatumwa tena, na huwezi kulipa mara mbili.",
  },
  startAgain: { en: "Start again", sw: "Anza upya" },
} satisfies Catalogue;
