/**
 * Kenyan mobile numbers: reads any spelling, returns `2547XXXXXXXX` or `2541XXXXXXXX`, and formats
 * them for the screen.
 */

import { plainText } from "@/lib/typed";

/** Spaces, brackets, points and every dash: numbers are copied with them, and they mean nothing. */
const PUNCTUATION = /[ ().\p{Pd}\u2212]/gu;
const SPELLING = /^(?:\+?254)?0?([17]\d{8})$/;
const LONGEST = 40;
/** A number stays on one line. */
const NO_BREAK = "\u00a0";

/**
 * The number as MSISDN, without plus; null if it is not a Kenyan mobile number. The API reads
 * numbers in the same way (`backend/users/phone.py`).
 */
export function parsePhone(text: string): string | null {
  if (text.length > LONGEST) return null;
  const match = SPELLING.exec(plainText(text).replace(PUNCTUATION, ""));
  return match?.[1] ? `254${match[1]}` : null;
}

/**
 * Formats the customer's own number for the customer alone: `254712345678` -> `0712 345 678`. Every
 * digit is there, so that a typing error is seen before a prompt goes to somebody else's phone.
 */
export function formatOwnPhone(phone: string): string {
  const parsed = parsePhone(phone);
  if (parsed === null) return phone;
  return `0${parsed.slice(3, 6)}${NO_BREAK}${parsed.slice(6, 9)}${NO_BREAK}${parsed.slice(9)}`;
}

/**
 * Formats a number as everything shows it that may be handed on (receipt, details for support,
 * statement): `254712345678`, or the API's masked `2547****5678`, -> `07** **5 678`. These are the
 * API's own digits: two masks of one number would together show more than either
 * (docs/spellings.json).
 */
export function formatMaskedPhone(phone: string): string {
  const [, first, last, end] =
    /^254([17])\d{4}(\d)(\d{3})$/.exec(parsePhone(phone) ?? "") ??
    /^254([17])\*{4}(\d)(\d{3})$/.exec(phone) ??
    [];
  if (first === undefined) return phone;
  return `0${first}**${NO_BREAK}**${last ?? ""}${NO_BREAK}${end ?? ""}`;
}
