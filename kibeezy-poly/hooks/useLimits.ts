"use client";
import { useEffect, useState } from "react";
import { getLimits, type Limits } from "@/lib/api";
import { toApiError } from "@/lib/errors";

let known: Limits | null = null;

type Options = {
  /** Asks again though an answer is known: what is left today changes with every deposit. */
  fresh?: boolean;
};

/** The amounts that a deposit may have; null until known, and then the server alone checks. */
export function useLimits({ fresh = false }: Options = {}): Limits | null {
  const [limits, setLimits] = useState(fresh ? null : known);
  useEffect(() => {
    if (known !== null && !fresh) return;
    getLimits().then((answer) => {
      known = answer;
      setLimits(answer);
    }, toApiError);
  }, [fresh]);
  return limits;
}
