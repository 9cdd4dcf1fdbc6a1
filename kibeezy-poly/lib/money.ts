/** Kenyan shillings as text: amounts cross the wire as strings or whole numbers and never become floats here. */

/** Keeps a currency and its number on one line. */
const NO_BREAK = "\u00a0";
const AMOUNT = /^([+-]?)(\d+)(?:\.(\d{1,4}))?$/;

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `500` -> `KSh 500`, `"1234.50"` -> `KSh 1,234.50`, unbreakable; an unreadable amount comes back as it was. */
export function formatKes(amount: number | string): string {
  const match = AMOUNT.exec(String(amount));
  if (!match) return String(amount);
  const [, sign = "", whole = "0", cents = ""] = match;
  const minus = sign === "-" ? "−" : "";
  const decimals = /^0*$/.test(cents) ? "" : `.${cents.padEnd(2, "0").slice(0, 2)}`;
  return `${minus}KSh${NO_BREAK}${group(whole.replace(/^0+(?=\d)/, ""))}${decimals}`;
}

/** A balance always shows its cents: `"500.00"` -> `KSh 500.00`. */
export function formatBalance(balance: string): string {
  const text = formatKes(balance);
  return text.includes(".") || !AMOUNT.test(balance) ? text : `${text}.00`;
}

/** Amounts within a text, made as unbreakable as those of `formatKes`. */
export function keepAmounts(text: string): string {
  return text.replace(/\b(KSh|KES) (?=\d)/gi, `$1${NO_BREAK}`);
}

/** The way back, for texts that leave the page: others may look for what they know with ordinary spaces. */
export function looseAmounts(text: string): string {
  return text.replaceAll(NO_BREAK, " ");
}

/**
 * What a person typed or pasted (`KSh. 1,500.00`) without currency and separators. A point and what follows it stay:
 * without it the cents would join the shillings, and 100.00 be ten thousand.
 */
export function cleanAmount(text: string): string {
  const [whole = "", ...rest] = text
    .replace(/[a-z]\./gi, "")
    .replace(/[^0-9.]/g, "")
    .split(".");
  return [whole.replace(/^0+/, "").slice(0, 7), ...rest].join(".");
}

/** The whole shillings of a clean amount; null where it has cents, or means thousands by its point (`1.500`). */
export function readShillings(clean: string): string | null {
  const match = /^(?:(\d+)(?:\.0{0,2})?)?$/.exec(clean);
  return match && (match[1] ?? "");
}

/** `"1500"` -> `1,500` for the amount field when it is left. */
export function groupDigits(clean: string): string {
  return clean.replace(/^\d+/, group);
}
