"use client";
/** The limits of a deposit, fetched each time the sheet opens, because every deposit changes what remains. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { getLimits, type Limits } from "@/features/limits";
import { toApiError } from "@/lib/errors";

type Memory = readonly [Limits | null, (limits: Limits) => void];

const Context = createContext<Memory | null>(null);

/** Remembers the last answer for one customer's sheet only: the next customer has other limits. */
export function LimitsMemory({ children }: { children: ReactNode }) {
  return <Context value={useState<Limits | null>(null)}>{children}</Context>;
}

type Options = {
  /** Null until the new answer has come: the remembered one has just proved too high. */
  fresh?: boolean;
};

/** Null until known; then only the server checks the amount. */
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
