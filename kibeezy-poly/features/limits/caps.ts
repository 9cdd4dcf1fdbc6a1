/** What a change of the customer's own caps means, before it is sent. */
import type { Caps } from "@/features/limits/api";
import { readShillings } from "@/lib/money";

export type CapChange = "same" | "lower" | "raise";

/** No cap is the highest cap. */
export function compareCap(now: number | null, wanted: number | null): CapChange {
  const [old, next] = [now ?? Infinity, wanted ?? Infinity];
  if (old === next) return "same";
  return next < old ? "lower" : "raise";
}

/** Whether anything is raised, and so waits a day. */
export function compareCaps(now: Caps, wanted: Caps): CapChange {
  const changes = [
    compareCap(now.daily_cap, wanted.daily_cap),
    compareCap(now.weekly_cap, wanted.weekly_cap),
  ];
  if (changes.includes("raise")) return "raise";
  return changes.includes("lower") ? "lower" : "same";
}

/** `"5000"` -> 5000; an empty field means no cap. NaN for what is no whole amount: no cap is the highest one. */
export function parseCap(clean: string): number | null {
  const digits = readShillings(clean);
  if (digits === null) return NaN;
  return digits === "" ? null : Number(digits);
}
