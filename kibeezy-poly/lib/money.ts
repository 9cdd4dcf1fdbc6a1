/** Kenyan shillings as text: amounts cross the wire as strings or whole numbers and never become floats here. */

/** A no-break space: keeps currency and number on one line. */
const NO_BREAK = "\u00a0";
const AMOUNT = /^([+-]?)(\d+)(?:\.(\d{1,4}))?$/;

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `500` -> `KSh 500`, `"1234.50"` -> `KSh 1,234.50`, with a no-break space; a malformed amount is returned unchanged. */
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

/** Gives the amounts within a text the no-break space of `formatKes`. */
export function keepAmounts(text: string): string {
  return text.replace(/\b(KSh|KES) (?=\d)/gi, `$1${NO_BREAK}`);
}

/** Undoes it for text that is copied or shared: other programs search for amounts with an ordinary space. */
export function looseAmounts(text: string): string {
  return text.replaceAll(NO_BREAK, " ");
}

/**
 * A typed or pasted amount (`KSh. 1,500.00`) without currency and separators. The decimal point stays: without it
 * 100.00 would become 10000.
 */
export function cleanAmount(text: string): string {
  const [whole = "", ...rest] = text
    .replace(/[a-z]\./gi, "")
    .replace(/[^0-9.]/g, "")
    .split(".");
  return [whole.replace(/^0+/, "").slice(0, 7), ...rest].join(".");
}

/** The whole shillings of a cleaned amount; null when it has cents, or uses the point for thousands (`1.500`). */
export function readShillings(clean: string): string | null {
  const match = /^(?:(\d+)(?:\.0{0,2})?)?$/.exec(clean);
  return match && (match[1] ?? "");
}

/** `"1500"` -> `1,500`, for the amount field without focus. */
export function groupDigits(clean: string): string {
  return clean.replace(/^\d+/, group);
}
