"use client";
import { useEffect, useState } from "react";
import { getLimits, type Limits } from "@/lib/api";
import { toApiError } from "@/lib/errors";

let known: Limits | null = null;

/** The amounts that a deposit may have, asked once; null until known, and then the server alone checks. */
export function useLimits(): Limits | null {
  const [limits, setLimits] = useState(known);
  useEffect(() => {
    if (known !== null) return;
    getLimits().then((answer) => {
      known = answer;
      setLimits(answer);
    }, toApiError);
  }, []);
  return limits;
}
