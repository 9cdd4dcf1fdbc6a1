"use client";
import { useEffect, useState } from "react";
import { getLimits, type Limits } from "@/features/limits/api";
import { findGate, type Gate } from "@/features/limits/gate";
import { toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

/**
 * Why no deposit is possible now (null: one is, or that is not known yet), and the most that may be
 * deposited. Asked again whenever `occasion` changes.
 */
export function useGate(occasion: unknown): { gate: Gate | null; most: number } {
  const [limits, setLimits] = useState<Limits | null>(null);
  useEffect(() => {
    let isCurrent = true;
    getLimits().then((answer) => {
      if (isCurrent) setLimits(answer);
    }, toApiError);
    return () => {
      isCurrent = false;
    };
  }, [occasion]);
  return { gate: findGate(limits, serverNow()), most: limits?.most_now ?? Infinity };
}
