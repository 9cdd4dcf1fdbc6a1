"use client";
import { useEffect, useState } from "react";

/** Whole seconds until a moment, read from the clock and not from ticks; null without a moment. */
export function useCountdown(untilMs: number | null, now: () => number = Date.now): number | null {
  const left = untilMs === null ? null : Math.max(0, Math.ceil((untilMs - now()) / 1000));
  useTicks(left !== null && left > 0, untilMs);
  return left;
}

/** Whole seconds since a moment; null without a moment. */
export function useElapsed(sinceMs: number | null, now: () => number = Date.now): number | null {
  useTicks(sinceMs !== null, sinceMs);
  return sinceMs === null ? null : Math.max(0, Math.floor((now() - sinceMs) / 1000));
}

/** Draws again twice a second, so that no second is skipped. */
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
