/**
 * Formats times in Kenya's zone, and estimates the server's clock, by which prompts are counted
 * down.
 */
import type { Language } from "@/lib/language";

const ZONE = "Africa/Nairobi";
const LOCALES: Record<Language, string> = { en: "en-KE", sw: "sw-KE" };

let offsetMs = 0;

/**
 * Records the difference between this device's clock and the server's, from a response's Date
 * header. That header has whole seconds only, so a difference below 2 s counts as none.
 */
export function noteServerTime(dateHeader: string | null, receivedMs = Date.now()): void {
  const serverMs = dateHeader === null ? NaN : Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return;
  const difference = serverMs - receivedMs;
  offsetMs = Math.abs(difference) < 2000 ? 0 : difference;
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** `23 Nov, 18:04` */
export function formatDateTime(iso: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: ZONE,
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}

/** `23 Nov 2026` */
export function formatDay(iso: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: ZONE,
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(new Date(iso));
}

/** `23 Nov 2026, 18:04`: with the year, for receipts. */
export function formatFullTime(iso: string, language: Language): string {
  return `${formatDay(iso, language)}, ${formatTime(Date.parse(iso), language)}`;
}

/** `18:04` */
export function formatTime(ms: number, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: ZONE,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(ms));
}

/** `18:04` today, `23 Nov, 18:04` on any other day. */
export function formatMoment(ms: number, language: Language): string {
  const iso = new Date(ms).toISOString();
  const today = formatDay(new Date(serverNow()).toISOString(), language);
  return formatDay(iso, language) === today
    ? formatTime(ms, language)
    : formatDateTime(iso, language);
}

/** `75` -> `1:15` */
export function formatCountdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, "0")}`;
}
