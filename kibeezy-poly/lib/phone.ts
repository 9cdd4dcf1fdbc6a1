/**
 * Kenyan mobile numbers: reads any spelling, returns `2547XXXXXXXX` or `2541XXXXXXXX`, and formats
 * them for the screen.
 */

/** The number as MSISDN, without plus; null if it is not a Kenyan mobile number. */
export function parsePhone(text: string): string | null {
  const compact = text.replace(/[\s().-]/g, "");
  const match = /^(?:\+?254|0)?([17]\d{8})$/.exec(compact);
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
