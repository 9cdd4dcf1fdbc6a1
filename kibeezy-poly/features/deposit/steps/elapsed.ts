/** Formats the time since a deposit started. */
import type { Language } from "@/lib/language";
import { formatCountdown } from "@/lib/time";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** `11:04`; from one hour on `3 hours`, from two days on `2 days`. */
export function formatElapsed(seconds: number, language: Language): string {
  if (seconds < HOUR_S) return formatCountdown(seconds);
  return seconds < 2 * DAY_S
    ? say(seconds / HOUR_S, "hour", language)
    : say(seconds / DAY_S, "day", language);
}

function say(count: number, unit: "hour" | "day", language: Language): string {
  return new Intl.NumberFormat(language === "sw" ? "sw-KE" : "en-KE", {
    style: "unit",
    unit,
    unitDisplay: "long",
  }).format(Math.floor(count));
}
