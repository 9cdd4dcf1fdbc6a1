/** Kenyan mobile numbers: any spelling in, `2547XXXXXXXX` or `2541XXXXXXXX` out, and how they are shown. */

/** Returns the number without plus, or null when it is not a Kenyan mobile number. */
export function parsePhone(text: string): string | null {
  const compact = text.replace(/[\s().-]/g, "");
  const match = /^(?:\+?254|0)?([17]\d{8})$/.exec(compact);
  return match?.[1] ? `254${match[1]}` : null;
}

/** `254712345678` or the API's masked `2547****5678` -> `0712 *** 678`, `07** *** 678`. */
export function formatMaskedPhone(phone: string): string {
  const parsed = parsePhone(phone);
  if (parsed) return `0${parsed.slice(3, 6)} *** ${parsed.slice(-3)}`;
  const masked = /^\+?254([17*]).*(\d{3})$/.exec(phone);
  return masked ? `0${masked[1] ?? ""}** *** ${masked[2] ?? ""}` : phone;
}
