/**
 * Kenyan mobile numbers: reads any spelling, returns `2547XXXXXXXX` or `2541XXXXXXXX`, and formats
 * them for the screen.
 */

import { plainText } from "@/lib/typed";

/** Spaces, brackets, points and every dash: numbers are copied with them, and they mean nothing. */
const PUNCTUATION = /[ ().\p{Pd}\u2212]/gu;
const SPELLING = /^(?:\+?254)?0?([17]\d{8})$/;
const LONGEST = 40;

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
 * Formats a number with its middle masked: `254712345678` -> `0712 *** 678`; the API's masked
 * `2547****5678` -> `07** *** 678`.
 */
export function formatMaskedPhone(phone: string): string {
  const parsed = parsePhone(phone);
  if (parsed) return `0${parsed.slice(3, 6)} *** ${parsed.slice(-3)}`;
  const masked = /^\+?254([17*]).*(\d{3})$/.exec(phone);
  return masked ? `0${masked[1] ?? ""}** *** ${masked[2] ?? ""}` : phone;
}
