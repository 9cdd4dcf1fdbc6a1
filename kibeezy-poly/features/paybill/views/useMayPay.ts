"use client";
/**
 * Whether a payment by hand would be added to the wallet, asked before the numbers are shown: money
 * that was sent all the same waits in suspense.
 */
import { useEffect, useState } from "react";
import { getLimits, getOwnLimits, type Limits } from "@/features/limits";
import { toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

export type MayPay =
  | { kind: "loading" }
  | { kind: "identity" }
  | { kind: "break"; until: string }
  /** `limits` is null if they could not be fetched: then only M-Pesa and the API check the amount. */
  | { kind: "yes"; limits: Limits | null };

export function useMayPay(): MayPay {
  const [found, setFound] = useState<MayPay>({ kind: "loading" });
  useEffect(() => {
    let isLate = false;
    void ask().then((answer) => {
      if (!isLate) setFound(answer);
    });
    return () => {
      isLate = true;
    };
  }, []);
  return found;
}

async function ask(): Promise<MayPay> {
  const [limits, own] = await Promise.all([orNull(getLimits()), orNull(getOwnLimits())]);
  const until = [own?.paused_until, own?.excluded_until]
    .filter((end) => typeof end === "string")
    .filter((end) => Date.parse(end) > serverNow())
    .sort((one, two) => Date.parse(two) - Date.parse(one))[0];
  if (until !== undefined) return { kind: "break", until };
  return limits?.identity_required === true ? { kind: "identity" } : { kind: "yes", limits };
}

async function orNull<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (thrown) {
    toApiError(thrown);
    return null;
  }
}
