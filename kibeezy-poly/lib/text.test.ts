/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest";
import { looseText } from "@/lib/money";
import { type Catalogue, fill } from "@/lib/text";

const files = import.meta.glob<Record<string, unknown>>(
  [
    "/{app,components,features,lib,ui}/**/messages.ts",
    "/{app,components,features,lib,ui}/**/*Messages.ts",
  ],
  { eager: true },
);
const sources = import.meta.glob<string>("/{app,components,features,lib,ui}/**/*.{ts,tsx}", {
  eager: true,
  query: "?raw",
  import: "default",
});

const catalogues = Object.values(files).flatMap((file) =>
  Object.entries(file).filter(([name]) => name.endsWith("Messages")),
) as [string, Catalogue][];
const sentences = catalogues.flatMap(([file, catalogue]) =>
  Object.entries(catalogue).map(([name, sentence]) => ({ name: `${file}.${name}`, ...sentence })),
);

const SAME_IN_BOTH = new Set([
  "commonMessages.brand",
  "depositMessages.stepPin",
  "sessionMessages.sessionName",
  "accountMessages.english",
  "accountMessages.kiswahili",
]);
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("keepName", () => {
  it("keeps M-PESA on one line, and what is shared has the ordinary hyphen again", () => {
    const kept = fill({ en: "Your M-PESA and {other}", sw: "" }, "en", { other: "M-PESA" });

    expect(kept).toBe("Your M\u2011PESA and M\u2011PESA");
    expect(looseText(kept)).toBe("Your M-PESA and M-PESA");
  });
});

describe("the catalogue", () => {
  it("is only in files of these names, so that every sentence is checked", () => {
    const holders = Object.entries(sources).flatMap(([path, source]) =>
      source.includes("} satisfies Catalogue;") ? [path] : [],
    );
    expect(holders.filter((path) => !path.endsWith(".test.ts")).sort()).toEqual(
      Object.keys(files).sort(),
    );
  });

  it.each(sentences)("$name says the same in both languages", ({ name, en, sw }) => {
    expect(en.trim()).not.toBe("");
    expect(sw.trim()).not.toBe("");
    expect(places(sw)).toEqual(places(en));
    if (!SAME_IN_BOTH.has(name)) expect(sw).not.toBe(en);
  });

  it("fills placeholders and leaves an unknown one visible", () => {
    const sentence = { en: "{amount} from {phone}", sw: "{amount} kutoka {phone}" };
    expect(fill(sentence, "sw", { amount: "KSh 5" })).toBe("KSh 5 kutoka {phone}");
  });
});
