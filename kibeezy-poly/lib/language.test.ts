import { expect, it } from "vitest";
import { parseLanguage } from "@/lib/language";

it("is English unless Kiswahili is asked for", () => {
  expect([parseLanguage("sw"), parseLanguage("fr"), parseLanguage(undefined)]).toEqual([
    "sw",
    "en",
    "en",
  ]);
});
