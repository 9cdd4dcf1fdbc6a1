"use client";
import { useEffect, useState } from "react";
import { getLimits, type Limits } from "@/lib/api";
import { toApiError } from "@/lib/errors";

let known: Limits | null = null;

type Options = {
  /** Shows nothing until asked: what is left has just turned out to be less than what was known. */
  fresh?: boolean;
};

/**
 * The amounts that a deposit may have, asked at every opening: what is left changes with each
 * deposit. Null until known, and then the server alone checks.
 */
export function useLimits({ fresh = false }: Options = {}): Limits | null {
  const [limits, setLimits] = useState(fresh ? null : known);
  useEffect(() => {
    getLimits().then((answer) => {
      known = answer;
      setLimits(answer);
    }, toApiError);
  }, []);
  return limits;
}
