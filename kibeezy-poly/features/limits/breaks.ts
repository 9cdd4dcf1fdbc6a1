/** Breaks and self-exclusion: until when they last, and which choice would make them longer. */

export type Length = { days: number } | { months: number };

/** True without an end, or once it has passed. */
export function isOver(until: string | null, nowMs: number): boolean {
  return until === null || Date.parse(until) <= nowMs;
}

/** Whether a break of this length from now on would last longer than the one that counts already. */
export function isLonger(until: string | null, length: Length, nowMs: number): boolean {
  return until === null || addLength(nowMs, length) > Date.parse(until);
}

function addLength(nowMs: number, length: Length): number {
  const end = new Date(nowMs);
  if ("days" in length) end.setUTCDate(end.getUTCDate() + length.days);
  else end.setUTCMonth(end.getUTCMonth() + length.months);
  return end.getTime();
}
