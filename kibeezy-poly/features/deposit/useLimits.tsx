"use client";
/** The amounts that a deposit may have, asked at every opening: what is left changes with each deposit. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { getLimits, type Limits } from "@/features/limits";
import { toApiError } from "@/lib/errors";

type Memory = readonly [Limits | null, (limits: Limits) => void];

const Context = createContext<Memory | null>(null);

/** Keeps the last answer while one customer's sheet lives, and no longer: the next one has limits of their own. */
export function LimitsMemory({ children }: { children: ReactNode }) {
  return <Context value={useState<Limits | null>(null)}>{children}</Context>;
}

type Options = {
  /** Shows nothing until asked: what is left has just turned out to be less than what was known. */
  fresh?: boolean;
};

/** Null until known, and then the server alone checks. */
export function useLimits({ fresh = false }: Options = {}): Limits | null {
  const memory = useContext(Context);
  if (memory === null) throw new Error("Limits belong to the deposit sheet.");
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
