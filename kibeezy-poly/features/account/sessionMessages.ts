/** Texts of the list of sessions, which is loaded when it is opened. */
import type { Catalogue } from "@/lib/text";

export const sessionMessages = {
  sessionThis: { en: "This phone or computer", sw: "Simu au kompyuta hii" },
  sessionName: { en: "{browser}, {system}", sw: "{browser}, {system}" },
  sessionUnknown: { en: "A phone or computer", sw: "Simu au kompyuta" },
  sessionToken: { en: "A program with a token", sw: "Programu yenye tokeni" },
  sessionSince: { en: "since {time}", sw: "tangu {time}" },
  endOthers: { en: "Log out everywhere else", sw: "Toka kwingine kote" },
  ending: { en: "Logging out…", sw: "Inatoa…" },
  othersEnded: {
    en: "Only this phone or computer is logged in now.",
    sw: "Sasa ni simu au kompyuta hii tu iliyoingia.",
  },
} satisfies Catalogue;
