/**
 * M-Pesa's receipt numbers: ten capital letters and digits that begin with the payment's day. Pure.
 * The API reads them by the same rule.
 */
import { addDays, isDay } from "@/lib/day";

export const RECEIPT_LENGTH = 10;

const SHAPE = /^[A-Z][A-Z0-9]{9}$/;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV";
/** The year of the letter A. */
const FIRST_YEAR = 2006;
/** M-Pesa ends the codes of requests that moved no money with seven zeros. */
const NO_PAYMENT = "0000000";
/** Characters that customers take for each other when they copy a code from a screen. */
const LOOKALIKE: Record<string, string | undefined> = { O: "0", "0": "O", I: "1", "1": "I" };
/** Older codes are most likely of another payment: the customer is asked before one is sent. */
const OLD_AFTER_DAYS = 90;

export type Age = "payable" | "old" | "future";

/** A way to read a code that the customer has typed or pasted. */
export type Reading = {
  code: string;
  /** The day in Nairobi on which it was paid, as `2026-11-25`. */
  day: string;
  age: Age;
  /** True if a character was replaced by the one that looks like it (O and 0, I and 1). */
  corrected: boolean;
};

/**
 * The Nairobi day that a receipt number names: its characters are year (A is 2006, U is 2026), month
 * (A to L) and day (1 to 9, then A to V). Null if it is no receipt number. The letters of the years
 * come again after 26 years: the year is the latest one that is not after the next.
 */
export function readReceiptDay(code: string, today: string): string | null {
  if (!SHAPE.test(code) || code.endsWith(NO_PAYMENT)) return null;
  const nextYear = Number(today.slice(0, 4)) + 1;
  const sinceFirst = nextYear - FIRST_YEAR - LETTERS.indexOf(code.charAt(0));
  const age = (sinceFirst + LETTERS.length) % LETTERS.length;
  const month = LETTERS.indexOf(code.charAt(1)) + 1;
  const dayOfMonth = DAYS.indexOf(code.charAt(2)) + 1;
  const day = [String(nextYear - age), twoDigits(month), twoDigits(dayOfMonth)].join("-");
  return isDay(day) ? day : null;
}

/**
 * Reads a code as it is written, else with the first three characters corrected: only they can be
 * checked, by the day. The best reading comes first: one that can be paid by its day, then the one
 * with fewer changes, then the later day. Null if no reading is a receipt number.
 */
export function readCode(text: string, today: string): Reading | null {
  const written = text.toUpperCase();
  const readings = spell(written).flatMap((code, changes): (Reading & { rank: number[] })[] => {
    const day = readReceiptDay(code, today);
    if (day === null) return [];
    const age = getAge(day, today);
    const rank = [
      age === "payable" ? 0 : 1,
      countChanges(code, written),
      -Date.parse(day),
      changes,
    ];
    return [{ code, day, age, corrected: code !== written, rank }];
  });
  const best = readings.sort((one, two) => compare(one.rank, two.rank))[0];
  if (best === undefined) return null;
  const { code, day, age, corrected } = best;
  return { code, day, age, corrected };
}

/** One day is let pass at either end, since a payment about midnight may have the other day's code. */
function getAge(day: string, today: string): Age {
  if (day > addDays(today, 1)) return "future";
  return day < addDays(today, -OLD_AFTER_DAYS - 1) ? "old" : "payable";
}

/** The code in every spelling of its first three characters. */
function spell(written: string): string[] {
  const rest = written.slice(3);
  return Array.from(written.slice(0, 3))
    .map((sign) => [sign, LOOKALIKE[sign]].filter((each) => each !== undefined))
    .reduce((starts, signs) => starts.flatMap((start) => signs.map((sign) => start + sign)), [""])
    .map((start) => start + rest);
}

function countChanges(code: string, written: string): number {
  return Array.from(code).filter((sign, place) => sign !== written[place]).length;
}

function compare(one: number[], two: number[]): number {
  const place = one.findIndex((value, index) => value !== two[index]);
  return place === -1 ? 0 : (one[place] ?? 0) - (two[place] ?? 0);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
