/**
 * Cool-off and self-exclusion: whether one is over, and whether a chosen length would prolong it.
 */

export type Length = { days: number } | { months: number };

/** True if there is none, or its end has passed. */
export function isOver(until: string | null, nowMs: number): boolean {
  return until === null || Date.parse(until) <= nowMs;
}

/**
 * True if this length, counted from now, would end later than the present cool-off or
 * self-exclusion.
 */
export function isLonger(until: string | null, length: Length, nowMs: number): boolean {
  return until === null || addLength(nowMs, length) > Date.parse(until);
}

function addLength(nowMs: number, length: Length): number {
  const end = new Date(nowMs);
  if ("days" in length) end.setUTCDate(end.getUTCDate() + length.days);
  else end.setUTCMonth(end.getUTCMonth() + length.months);
  return end.getTime();
}
