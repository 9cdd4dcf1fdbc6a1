/** Calendar days in Kenya's time zone (Africa/Nairobi, no summer time), written `2026-11-25`. */
import type { Language } from "@/lib/language";
import { formatDay } from "@/lib/time";

const DAY_MS = 86_400_000;
const NAIROBI_MS = 3 * 3_600_000;

/** The Nairobi day of a moment. */
export function toDay(ms: number): string {
  return new Date(ms + NAIROBI_MS).toISOString().slice(0, 10);
}

/** True if the text is a day that exists: `2026-02-30` does not. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The moment at which a day begins in Nairobi. */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+03:00`);
}

export function addDays(day: string, count: number): string {
  return toDay(startOfDay(day).getTime() + count * DAY_MS);
}

/** Whole days from one day to another; 0 for the same day. */
export function countDays(from: string, to: string): number {
  return Math.round((startOfDay(to).getTime() - startOfDay(from).getTime()) / DAY_MS);
}

/** Age in whole years on a day. */
export function ageOn(day: string, born: string): number {
  const years = Number(day.slice(0, 4)) - Number(born.slice(0, 4));
  return day.slice(5) < born.slice(5) ? years - 1 : years;
}

/** `25 Nov 2026` */
export function showDay(day: string, language: Language): string {
  return formatDay(startOfDay(day).toISOString(), language);
}
