"use client";
import { useEffect, useState } from "react";

/**
 * Whole seconds left until `untilMs`; null if that is null. Computed from the clock, since a
 * sleeping phone skips timer ticks.
 */
export function useCountdown(untilMs: number | null, now: () => number = Date.now): number | null {
  const left = untilMs === null ? null : Math.max(0, Math.ceil((untilMs - now()) / 1000));
  useTicks(left !== null && left > 0, untilMs);
  return left;
}

/** Whole seconds passed since `sinceMs`; null if that is null. */
export function useElapsed(sinceMs: number | null, now: () => number = Date.now): number | null {
  useTicks(sinceMs !== null, sinceMs);
  return sinceMs === null ? null : Math.max(0, Math.floor((now() - sinceMs) / 1000));
}

/** Renders twice a second while `running`, so that the display skips no second. */
function useTicks(running: boolean, subject: number | null): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      setTick((tick) => tick + 1);
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, [running, subject]);
}
