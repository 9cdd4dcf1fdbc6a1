/**
 * Kenyan shillings as text. The API sends amounts as strings or whole numbers; here they never
 * become floating-point numbers.
 */
import { NO_BREAK_HYPHEN } from "@/lib/text";
import { plainText } from "@/lib/typed";

/** A no-break space, which keeps currency and number on one line. */
const NO_BREAK = "\u00a0";
const AMOUNT = /^([+-]?)(\d+)(?:\.(\d{1,4}))?$/;

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Formats an amount: `500` -> `KSh 500`, `"1234.50"` -> `KSh 1,234.50`, with a no-break space. A
 * malformed amount is returned unchanged.
 */
export function formatKes(amount: number | string): string {
  const match = AMOUNT.exec(String(amount));
  if (!match) return String(amount);
  const [, sign = "", whole = "0", cents = ""] = match;
  const minus = sign === "-" ? "−" : "";
  const decimals = /^0*$/.test(cents) ? "" : `.${cents.padEnd(2, "0").slice(0, 2)}`;
  return `${minus}KSh${NO_BREAK}${group(whole.replace(/^0+(?=\d)/, ""))}${decimals}`;
}

/** Formats a balance, always with cents: `"500.00"` -> `KSh 500.00`. */
export function formatBalance(balance: string): string {
  const text = formatKes(balance);
  return text.includes(".") || !AMOUNT.test(balance) ? text : `${text}.00`;
}

/**
 * Replaces the space in a text's amounts (`KSh 500`) by a no-break space, as `formatKes` writes
 * them.
 */
export function keepAmounts(text: string): string {
  return text.replace(/\b(KSh|KES) (?=\d)/gi, `$1${NO_BREAK}`);
}

/**
 * Replaces what keeps text on one line (no-break spaces, M-PESA's no-break hyphen) by the ordinary
 * signs, in text to be copied or shared: other programs search for the ordinary ones.
 */
export function looseText(text: string): string {
  return text.replaceAll(NO_BREAK, " ").replaceAll(NO_BREAK_HYPHEN, "-");
}

const CURRENCY = /^(?:kshs?|kes|shs?)\.? ?|(?: ?(?:kshs?|kes|shs?)\.?| ?\/[=-])$/gi;
const GROUPED =
  /^(\d{1,12}|\d{1,3}(?:,\d{3}){1,3}|\d{1,3}(?: \d{3}){1,3})(?:\.\d{0,2}|(?<!,\d{3}),\d\d)?$/;
const GROUPED_BY_POINTS = /^(\d{1,3}(?:\.\d{3}){1,3}),\d\d$/;

/**
 * Reads a typed or pasted amount as whole shillings: `"KSh 1,500.00"` -> `"1500"`, an empty text ->
 * `""`. Null if it has cents, or cannot be read as one amount: then nothing is guessed. A comma
 * before exactly two last digits is a decimal comma (`500,00`); a point before three digits may be
 * either (`1.500`), and is not read.
 */
export function readShillings(text: string): string | null {
  const plain = plainText(text);
  const bare = plain.replace(CURRENCY, "");
  if (bare === "") return plain === "" ? "" : null;
  const whole = (GROUPED.exec(bare) ?? GROUPED_BY_POINTS.exec(bare))?.[1];
  if (whole === undefined || /[1-9]/.test(bare.slice(whole.length))) return null;
  return whole.replace(/\D/g, "").replace(/^0+(?=\d)/, "");
}

/** Groups the digits of an amount that has been read: `"1500"` -> `1,500`. */
export function groupDigits(shillings: string): string {
  return group(shillings);
}
