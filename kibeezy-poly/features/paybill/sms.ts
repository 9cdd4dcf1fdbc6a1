/**
 * Reads what a customer pastes: a receipt number, or a whole SMS of M-Pesa in English or Kiswahili.
 * Runs on the device, so that the SMS with its balance never leaves it. Pure, and linear: each
 * search goes over the text once.
 *
 * An SMS is text that anybody can write: it only says about which receipt to ask M-Pesa. Its amount,
 * time, account and name are hints for the customer.
 */
import { readCode, RECEIPT_LENGTH, type Reading } from "@/features/paybill/receiptNumber";
import { readMoment } from "@/features/paybill/smsTime";
import { plainText } from "@/lib/typed";

/** An SMS has a few hundred characters; what is longer is cut off. */
export const MAX_LENGTH = 1024;

export type Payment = Reading & {
  /** As the SMS writes it, `4000` or `50.50`; null if it names none. */
  amount: string | null;
  /** When the SMS says that it was paid; null if it does not say so. */
  paidAtMs: number | null;
  /** The account number that was typed; null if none, or hidden. */
  account: string | null;
  /** To whom it was paid; null if the text is only a code. */
  payee: string | null;
  /** True if the day of the SMS is more than a day away from the code's: one of them is wrong. */
  contradicts: boolean;
};

export type Pasted =
  | { kind: "empty" }
  /** No receipt number is in it. */
  | { kind: "none" }
  /** An SMS of another country's M-Pesa. */
  | { kind: "foreign" }
  /** M-Pesa says that nothing was paid. */
  | { kind: "failure" }
  /** M-Pesa has taken a payment back; `original` is that payment's code. */
  | { kind: "reversal"; original: string | null }
  /** Money that came to the customer. */
  | { kind: "received" }
  | { kind: "payment"; payment: Payment };

const FAILURES = [
  "failed.",
  "do not have enough money",
  "insufficient",
  "has been cancelled",
  "wrong pin",
  "hakuna pesa za kutosha",
  "huna pesa za kutosha",
  "umekataa kuidhinisha",
  "imeshindikana",
];
const CONFIRMED = ["confirmed", "imethibitishwa"];
const REVERSED = ["reversal of transaction", "has been reversed", "successfully reversed"];
const REVERSED_SW = ["imerudishwa", "imerejeshwa", "kurudishwa"];
const RECEIVED = ["have received", "umepokea"];
const FOREIGN = /\b(?:tsh|tzs|ush|ugx)s?\b|\btzs?\d|\btsh\d/;
/** M-Pesa in Tanzania. */
const FOREIGN_LENGTH = 11;

const TOKENS = /[A-Za-z0-9]+/g;
const GAPS = /[\s.-]/g;
const AMOUNT = /\b(?:ksh|kes)s?[ .]{0,2}(\d[\d,]{0,9}(?:\.\d{1,2})?)/i;

/** Reads the text; `today` is the day in Nairobi, as `2026-11-25`. */
export function readPasted(typed: string, today: string): Pasted {
  const text = plainText(typed.slice(0, MAX_LENGTH).replace(/[\r\n]+/g, " "));
  if (text === "") return { kind: "empty" };
  const words = toLowerAscii(text);
  if (FOREIGN.test(words)) return { kind: "foreign" };
  if (hasAny(words, FAILURES) && !hasAny(words, CONFIRMED)) return { kind: "failure" };
  if (hasAny(words, [...REVERSED, ...REVERSED_SW]))
    return { kind: "reversal", original: findOriginal(text, today) };
  if (hasAny(words, RECEIVED)) return { kind: "received" };
  const reading = findCode(text, today);
  if (reading === null) return { kind: hasForeignCode(text) ? "foreign" : "none" };
  return { kind: "payment", payment: describe(reading, text, words) };
}

function describe(reading: Reading, text: string, words: string): Payment {
  const moment = readMoment(words);
  return {
    ...reading,
    amount: AMOUNT.exec(text)?.[1]?.replaceAll(",", "") ?? null,
    paidAtMs: moment?.ms ?? null,
    account: findAccount(text, words, moment?.start ?? null),
    payee: findPayee(text, words, moment?.start ?? null),
    contradicts: moment !== null && isFarApart(reading.day, moment.day),
  };
}

/**
 * The first word that is a receipt number by its day as it is written; else the first that is one
 * after a correction, or that is old or in the future.
 */
function findCode(text: string, today: string): Reading | null {
  const alone = text.replace(GAPS, "");
  const tokens =
    alone.length === RECEIPT_LENGTH
      ? [alone]
      : // A word of small letters is a word of the sentence.
        listTokens(text, RECEIPT_LENGTH).filter((token) => /[\dA-Z]/.test(token.slice(1)));
  const readings = tokens
    // Ten digits are a phone number or an account number.
    .filter((token) => /[A-Za-z]/.test(token))
    .map((token) => readCode(token, today))
    .filter((reading) => reading !== null);
  const payable = readings.filter(({ age }) => age === "payable");
  return payable.find(({ corrected }) => !corrected) ?? payable[0] ?? readings[0] ?? null;
}

/** The code of the payment that was taken back: the second one of the SMS. */
function findOriginal(text: string, today: string): string | null {
  const codes = listTokens(text, RECEIPT_LENGTH)
    .map((token) => readCode(token, today)?.code)
    .filter((code) => code !== undefined);
  return codes[1] ?? codes[0] ?? null;
}

/** Tanzania's codes have eleven characters, digits and letters. */
function hasForeignCode(text: string): boolean {
  return listTokens(text, FOREIGN_LENGTH).some(
    (token) => /\d/.test(token) && /[A-Z]/.test(token) && token === token.toUpperCase(),
  );
}

function listTokens(text: string, length: number): string[] {
  return [...text.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter((token) => token.length === length);
}

const TO = ["sent to ", "paid to ", "imetumwa kwa ", "imelipwa kwa "];
const ACCOUNT = ["for account", "kwa akaunti nambari", "kwa akaunti", "akaunti nambari"];

/** The account number: what stands behind "for account", up to the date. */
function findAccount(text: string, words: string, end: number | null): string | null {
  const marker = findFirst(words, ACCOUNT);
  if (marker === null) return null;
  const account = cut(text, marker.end, end ?? text.length).split(" ")[0] ?? "";
  // A masked one (135***5140) says nothing.
  return /^[A-Za-z0-9#-]+$/.test(account) && !isEndWord(account) ? account : null;
}

/** Whom the SMS names as paid: what stands behind "sent to", up to the account or the date. */
function findPayee(text: string, words: string, end: number | null): string | null {
  const start = findFirst(words, TO)?.end ?? findBehindAmount(words);
  if (start === null) return null;
  const account = findFirst(words, ACCOUNT)?.start ?? -1;
  const stop = account > start ? account : (end ?? text.length);
  // "NAME, 0758***343 via My OneApp" is a customer's number.
  const name = cut(text, start, stop).split(", ")[0] ?? "";
  return name === "" ? null : name;
}

/** "Umelipa Ksh20.00 kwa NAME": the name stands behind the amount. */
function findBehindAmount(words: string): number | null {
  const paid = words.indexOf("umelipa ");
  const to = paid === -1 ? -1 : words.indexOf(" kwa ", paid);
  return to === -1 ? null : to + " kwa ".length;
}

/** The part of the text without the words and signs that lead over to the date. */
function cut(text: string, start: number, end: number): string {
  const parts = text
    .slice(start, end)
    .split(" ")
    .filter((part) => part !== "");
  while (parts.length > 0 && isEndWord(parts.at(-1) ?? "")) parts.pop();
  return parts.join(" ").replace(/\.$/, "");
}

const isEndWord = (word: string) => ["on", "tarehe", "mnamo", "."].includes(toLowerAscii(word));

function findFirst(words: string, markers: string[]): { start: number; end: number } | null {
  const found = markers
    .map((marker) => ({ start: words.indexOf(marker), end: words.indexOf(marker) + marker.length }))
    .filter(({ start }) => start !== -1);
  // Of two that begin at the same place, the longer one.
  return found.sort((one, two) => one.start - two.start || two.end - one.end)[0] ?? null;
}

function hasAny(words: string, phrases: string[]): boolean {
  return phrases.some((phrase) => words.includes(phrase));
}

function isFarApart(one: string, two: string): boolean {
  return Math.abs(Date.parse(one) - Date.parse(two)) > 86_400_000;
}

/** Small letters, of the same length as the text: `toLowerCase` may lengthen it. */
function toLowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
