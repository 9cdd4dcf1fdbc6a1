"use client";
/**
 * The deposit limits, fetched each time the sheet opens, because every deposit changes the
 * remaining allowance.
 */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { getLimits, type Limits } from "@/features/limits";
import { toApiError } from "@/lib/errors";

type Memory = readonly [Limits | null, (limits: Limits) => void];

const Context = createContext<Memory | null>(null);

/**
 * Keeps the last fetched limits for the sheet of one customer, since another customer has other
 * limits.
 */
export function LimitsMemory({ children }: { children: ReactNode }) {
  return <Context value={useState<Limits | null>(null)}>{children}</Context>;
}

type Options = {
  /**
   * True to get null until the new answer arrives: a rejected amount has just shown that the kept
   * limits are out of date.
   */
  fresh?: boolean;
};

/** The customer's limits; null until known, and then only the server checks the amount. */
export function useLimits({ fresh = false }: Options = {}): Limits | null {
  const memory = useContext(Context);
  if (memory === null) throw new Error("useLimits needs a LimitsMemory.");
  const [known, remember] = memory;
  const [waiting, setWaiting] = useState(fresh);
  useEffect(() => {
    getLimits().then((answer) => {
      remember(answer);
      setWaiting(false);
    }, toApiError);
  }, [remember]);
  return waiting ? null : known;
}
