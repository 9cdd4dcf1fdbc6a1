"use client";
import { useEffect, useState } from "react";

/** Whole seconds until a moment, read from the clock and not from ticks; null without a moment. */
export function useCountdown(untilMs: number | null, now: () => number = Date.now): number | null {
  const [, setTick] = useState(0);
  const left = untilMs === null ? null : Math.max(0, Math.ceil((untilMs - now()) / 1000));
  const running = left !== null && left > 0;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      setTick((tick) => tick + 1);
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, [running, untilMs]);
  return left;
}
