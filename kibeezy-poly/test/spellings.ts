/** The spellings of phone numbers and amounts, which the tests of page and API share. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What is read from which texts, and the texts that are refused. */
type Spellings = { read: Record<string, string[]>; refused: string[] };

const path = join(import.meta.dirname, "..", "..", "docs", "spellings.json");

const lists = JSON.parse(readFileSync(path, "utf8")) as Record<"phone" | "amount", Spellings> & {
  /** By number: as the API shows it, as files and pages show it, and as its owner sees it. */
  masks: Record<string, Record<"api" | "shown" | "own", string>>;
  /** By network: the beginnings of its numbers. */
  networks: Record<string, string[]>;
};

export const { masks, networks, ...spellings } = lists;

/** Pairs of a text and what is read from it. */
export function readSpellings({ read }: Spellings): [text: string, meaning: string][] {
  return Object.entries(read).flatMap(([meaning, texts]) =>
    texts.map((text): [string, string] => [text, meaning]),
  );
}
