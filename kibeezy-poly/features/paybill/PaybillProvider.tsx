"use client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { getPaybill, type Paybill } from "@/features/paybill/api";
import { toApiError } from "@/lib/errors";
import { useReturn } from "@/lib/useReturn";

const Context = createContext<Paybill | null>(null);

type Props = {
  /** What the page's server has read: the numbers, null where none are taken; undefined: nothing. */
  start?: Paybill | null | undefined;
  children: ReactNode;
};

/**
 * Fetches the paybill's numbers once, unless they are given; after a failure again when the
 * customer returns.
 */
export function PaybillProvider({ start, children }: Props) {
  // Undefined: not known yet. Null: the API takes no payments by hand.
  const [paybill, setPaybill] = useState<Paybill | null | undefined>(start);
  const [given] = useState(start !== undefined);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (given) return;
    const controller = new AbortController();
    getPaybill(controller.signal).then(setPaybill, (thrown: unknown) => {
      if (toApiError(thrown).code === "not_found") setPaybill(null);
    });
    return () => {
      controller.abort();
    };
  }, [round, given]);
  useReturn(() => {
    if (paybill === undefined) setRound((old) => old + 1);
  });
  return <Context value={paybill ?? null}>{children}</Context>;
}

/**
 * The paybill's numbers; null where payments by hand are not taken, and until the API has answered:
 * then nothing on the page offers one.
 */
export function usePaybill(): Paybill | null {
  return useContext(Context);
}
