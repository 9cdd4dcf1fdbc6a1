/**
 * Kenyan shillings as text. The API sends amounts as strings or whole numbers; here they never
 * become floating-point numbers.
 */

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
 * Replaces no-break spaces by ordinary ones in text to be copied or shared, since other programs
 * search for amounts with an ordinary space.
 */
export function looseAmounts(text: string): string {
  return text.replaceAll(NO_BREAK, " ");
}

/**
 * Removes currency and separators from a typed or pasted amount (`KSh. 1,500.00`). The decimal
 * point stays: without it 100.00 would become 10000.
 */
export function cleanAmount(text: string): string {
  const [whole = "", ...rest] = text
    .replace(/[a-z]\./gi, "")
    .replace(/[^0-9.]/g, "")
    .split(".");
  return [whole.replace(/^0+/, "").slice(0, 7), ...rest].join(".");
}

/**
 * The whole shillings of a cleaned amount; null if it has cents other than .00, or a point as
 * thousands separator (`1.500`).
 */
export function readShillings(clean: string): string | null {
  const match = /^(?:(\d+)(?:\.0{0,2})?)?$/.exec(clean);
  return match && (match[1] ?? "");
}

/** Groups the digits for the amount field while it has no focus: `"1500"` -> `1,500`. */
export function groupDigits(clean: string): string {
  return clean.replace(/^\d+/, group);
}
