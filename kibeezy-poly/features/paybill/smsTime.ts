/** The date and time in an SMS of M-Pesa: `10/7/26 at 8:14 PM`, `9th Jul 2026 at 2:33 pm`. */
import { isDay } from "@/lib/day";

export type Moment = {
  /** The day in Nairobi, as `2026-07-10`. */
  day: string;
  ms: number;
  /** Where in the text the date begins. */
  start: number;
};

const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
const NUMERIC = /\b(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})\b/;
const NAMED = /\b(\d{1,2})(?:st|nd|rd|th) ([a-z]{3}) (\d{4})\b/;
/** "saa 8:37 PM" is ordinary clock time, not Swahili hours. */
const TIME = /^ {0,2}(?:(?:at|saa) {0,2})?(\d{1,2}):(\d{2}) ?([ap])m/;

/** Reads the first date of a text in small letters; null if there is none that exists. */
export function readMoment(words: string): Moment | null {
  const numeric = NUMERIC.exec(words);
  const found = numeric ?? NAMED.exec(words);
  if (found === null) return null;
  const [whole, dayOfMonth = "", month = "", year = ""] = found;
  const number = numeric === null ? MONTHS.indexOf(month) / 3 + 1 : Number(month);
  if (!Number.isInteger(number) || number < 1) return null;
  const day = `${year.padStart(4, "20")}-${pad(number)}-${pad(Number(dayOfMonth))}`;
  if (!isDay(day)) return null;
  const time = readTime(words.slice(found.index + whole.length));
  return { day, ms: Date.parse(`${day}T${time}:00+03:00`), start: found.index };
}

/** The time as `20:14`; noon if there is none, which is on the same day in every reading. */
function readTime(rest: string): string {
  const [, hour = "12", minute = "00", half = "p"] = TIME.exec(rest) ?? [];
  const hours = (Number(hour) % 12) + (half === "p" ? 12 : 0);
  const isTime = Number(hour) >= 1 && Number(hour) <= 12 && Number(minute) < 60;
  return isTime ? `${pad(hours)}:${minute}` : "12:00";
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
