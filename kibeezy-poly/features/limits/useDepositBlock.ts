"use client";
import { useEffect, useState } from "react";
import { getLimits, type Limits } from "@/features/limits/api";
import { findDepositBlock, type DepositBlock } from "@/features/limits/depositBlock";
import { toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";
import { useStartLimits } from "@/lib/useWallet";

/**
 * Why no deposit is possible now (null: one is, or that is not known yet), and the most that may be
 * deposited. Asked again whenever `occasion` changes.
 */
export function useDepositBlock(occasion: unknown): { block: DepositBlock | null; most: number } {
  const start = useStartLimits();
  const [limits, setLimits] = useState<Limits | null>(start);
  const [first] = useState(start === null ? null : { occasion });
  useEffect(() => {
    if (first?.occasion === occasion) return;
    let isCurrent = true;
    getLimits().then((answer) => {
      if (isCurrent) setLimits(answer);
    }, toApiError);
    return () => {
      isCurrent = false;
    };
  }, [occasion, first]);
  return { block: findDepositBlock(limits, serverNow()), most: limits?.most_now ?? Infinity };
}
