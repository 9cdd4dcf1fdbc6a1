/** Words of the statement: the lines behind the balance, and the files. */
import type { Catalogue } from "@/lib/text";

export const statementMessages = {
  title: { en: "Statement", sw: "Taarifa ya akaunti" },
  lead: {
    en: "All money in and out.",
    sw: "Pesa zote zilizoingia na kutoka.",
  },
  back: { en: "My wallet", sw: "Pochi yangu" },
  balance: { en: "Balance", sw: "Salio" },
  lines: { en: "Lines", sw: "Mistari" },
  deposit: { en: "M-PESA deposit", sw: "Kuweka pesa kwa M-PESA" },
  openDeposit: { en: "Open deposit {id}", sw: "Fungua muamala {id}" },
  emptyTitle: { en: "Nothing here yet", sw: "Bado hakuna kitu" },
  emptyBody: {
    en: "Your first deposit will be the first line.",
    sw: "Muamala wako wa kwanza utakuwa mstari wa kwanza.",
  },
  download: { en: "Download a statement", sw: "Pakua taarifa" },
  downloadBody: {
    en: "Both days are included. At most one year at a time.",
    sw: "Siku zote mbili zinahesabiwa. Mwaka mmoja kwa wakati mmoja.",
  },
  from: { en: "From", sw: "Kuanzia" },
  to: { en: "To", sw: "Hadi" },
  csv: { en: "CSV for Excel", sw: "CSV ya Excel" },
  pdf: { en: "PDF to print", sw: "PDF ya kuchapisha" },
  preparing: { en: "Preparing…", sw: "Inaandaliwa…" },
  saved: { en: "{name} is in your downloads.", sw: "{name} iko kwenye faili ulizopakua." },
  dayMissing: { en: "Choose a day.", sw: "Chagua siku." },
  daysReversed: {
    en: "The first day must not be after the last.",
    sw: "Siku ya kwanza isiwe baada ya ya mwisho.",
  },
  daysTooMany: {
    en: "Choose at most 366 days.",
    sw: "Chagua siku zisizozidi 366.",
  },
} satisfies Catalogue;
