/** Reads and compares the customer's own caps before they are sent. */
import type { Caps } from "@/features/limits/api";
import { readShillings } from "@/lib/money";

export type CapChange = "same" | "lower" | "raise";

/** Compares a cap with the wanted one; null ("no cap") counts as the highest. */
export function compareCap(now: number | null, wanted: number | null): CapChange {
  const [old, next] = [now ?? Infinity, wanted ?? Infinity];
  if (old === next) return "same";
  return next < old ? "lower" : "raise";
}

/**
 * Compares both caps. If either is raised the result is "raise", since then both changes wait for a
 * day.
 */
export function compareCaps(now: Caps, wanted: Caps): CapChange {
  const changes = [
    compareCap(now.daily_cap, wanted.daily_cap),
    compareCap(now.weekly_cap, wanted.weekly_cap),
  ];
  if (changes.includes("raise")) return "raise";
  return changes.includes("lower") ? "lower" : "same";
}

/**
 * Reads a typed cap: `"5000"` -> 5000; null for an empty field (no cap); NaN for anything else, so
 * that a mistake is not taken for "no cap".
 */
export function parseCap(typed: string): number | null {
  const digits = readShillings(typed);
  if (digits === null) return NaN;
  return digits === "" ? null : Number(digits);
}
