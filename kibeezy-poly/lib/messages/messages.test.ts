import { describe, expect, it } from "vitest";
import { authMessages } from "@/lib/messages/auth";
import { commonMessages } from "@/lib/messages/common";
import { depositMessages } from "@/lib/messages/deposit";
import { findEnding, findRefusal, resultMessages } from "@/lib/messages/results";
import { accountMessages } from "@/lib/messages/account";
import { historyMessages } from "@/lib/messages/history";
import { identityMessages } from "@/lib/messages/identity";
import { limitsMessages } from "@/lib/messages/limits";
import { navMessages } from "@/lib/messages/nav";
import { statementMessages } from "@/lib/messages/statement";
import { type Catalogue, fill } from "@/lib/messages/text";
import { unclearMessages } from "@/lib/messages/unclear";
import { walletMessages } from "@/lib/messages/wallet";

const catalogues: Record<string, Catalogue> = {
  authMessages,
  commonMessages,
  depositMessages,
  resultMessages,
  unclearMessages,
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

describe("findEnding", () => {
  it.each([
    ["1", "noFunds"],
    ["2", "tooSmall"],
    ["3", "tooLarge"],
    ["4", "dayLimit"],
    ["8", "ourLimit"],
    ["17", "sameAmount"],
    ["1001", "busy"],
    ["subscriber_busy", "busy"],
    ["1019", "expired"],
    ["1025", "notSent"],
    ["1031", "cancelled"],
    ["1032", "cancelled"],
    ["1037", "unreachable"],
    ["2001", "wrongPin"],
    ["8006", "pinLocked"],
    ["mpesa_busy", "provider"],
  ])("knows %s as %s", (code, ending) => {
    expect(findEnding(code)).toBe(ending);
  });

  it.each([null, "", "9999", "SFC_IC0003", "toString", "__proto__"])(
    "has safe general words for %s",
    (code) => {
      expect(findEnding(code)).toBe("unknown");
    },
  );
});

describe("findRefusal", () => {
  it.each([
    ["kyc_required", "kyc"],
    ["self_excluded", "excluded"],
    ["limit_exceeded", "ownLimit"],
    ["rate_limited", "tooOften"],
    ["risk_review", "review"],
    ["risk_denied", "denied"],
    ["account_blocked", "blocked"],
    ["api_unreachable", "serviceAway"],
  ])("knows %s as %s", (code, ending) => {
    expect(findRefusal(code)).toBe(ending);
  });

  it.each(["mpesa_rejected", "csrf_failed", "http_418", "constructor"])(
    "says of %s that nothing was started",
    (code) => {
      expect(findRefusal(code)).toBe("notStarted");
    },
  );
});
