import { describe, expect, it } from "vitest";
import { authMessages } from "@/lib/messages/auth";
import { commonMessages } from "@/lib/messages/common";
import { depositMessages } from "@/lib/messages/deposit";
import { getResultText, resultMessages } from "@/lib/messages/results";
import { accountMessages } from "@/lib/messages/account";
import { historyMessages } from "@/lib/messages/history";
import { identityMessages } from "@/lib/messages/identity";
import { limitsMessages } from "@/lib/messages/limits";
import { navMessages } from "@/lib/messages/nav";
import { statementMessages } from "@/lib/messages/statement";
import { type Catalogue, fill } from "@/lib/messages/text";
import { walletMessages } from "@/lib/messages/wallet";

const catalogues: Record<string, Catalogue> = {
  authMessages,
  commonMessages,
  depositMessages,
  resultMessages,
  walletMessages,
  accountMessages,
  historyMessages,
  identityMessages,
  limitsMessages,
  navMessages,
  statementMessages,
};
const sentences = Object.entries(catalogues).flatMap(([file, catalogue]) =>
  Object.entries(catalogue).map(([name, sentence]) => ({ name: `${file}.${name}`, ...sentence })),
);

const SAME_IN_BOTH = new Set([
  "commonMessages.brand",
  "depositMessages.stepPin",
  "accountMessages.english",
  "accountMessages.kiswahili",
]);
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("the catalogue", () => {
  it.each(sentences)("$name says the same in both languages", ({ name, en, sw }) => {
    expect(en.trim()).not.toBe("");
    expect(sw.trim()).not.toBe("");
    expect(places(sw)).toEqual(places(en));
    if (!SAME_IN_BOTH.has(name)) expect(sw).not.toBe(en);
  });

  it("fills places and leaves an unknown one visible", () => {
    const sentence = { en: "{amount} from {phone}", sw: "{amount} kutoka {phone}" };
    expect(fill(sentence, "sw", { amount: "KSh 5" })).toBe("KSh 5 kutoka {phone}");
  });
});

describe("getResultText", () => {
  it.each(["1", "1001", "1019", "1025", "1032", "1037", "2001", "8006"])("knows %s", (code) => {
    expect(getResultText(code).title).not.toBe(resultMessages.title_unknown);
  });

  it.each(["2", "3", "4", "8"])("knows %s as a limit", (code) => {
    expect(getResultText(code)).toMatchObject({
      title: resultMessages.title_limit,
      action: "changeAmount",
    });
  });

  it.each([null, "9999", "SFC_IC0003", "toString"])("has safe general words for %s", (code) => {
    expect(getResultText(code).title).toBe(resultMessages.title_unknown);
  });
});
