"use client";
import type { ProviderStatus } from "@/features/deposit/api";
import { depositMessages } from "@/features/deposit/messages";
import { formatElapsed } from "@/features/deposit/steps/elapsed";
import { useElapsed } from "@/features/deposit/steps/useCountdown";
import { serverNow } from "@/lib/time";
import { type Text, useLanguage, useText } from "@/lib/useLanguage";

type Props = {
  /** When the wait began; null to show only the usual duration. */
  since: string | null;
  providerStatus: ProviderStatus | null;
};

/** Shows how long the customer has waited, and how long recent deposits of all customers took. */
export function WaitTimes({ since, providerStatus }: Props) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const elapsed = useElapsed(since === null ? null : Date.parse(since), serverNow);
  const parts = [
    elapsed === null ? null : text("elapsed", { time: formatElapsed(elapsed, language) }),
    providerStatus === null ? null : describe(providerStatus, elapsed, text),
  ].filter(Boolean);
  return parts.length === 0 ? null : <p className="text-sm text-ink-soft">{parts.join(" ")}</p>;
}

function describe(
  { typical_seconds: seconds, state }: ProviderStatus,
  elapsed: number | null,
  text: Text<typeof depositMessages>,
): string {
  // The usual duration says nothing where M-Pesa is slow now, or this deposit has taken longer.
  if (state === "slow" || state === "down") return text("slowNow");
  if (seconds === null || (elapsed ?? 0) > 2 * seconds) return "";
  return text(seconds > 1 ? "typical" : "typicalOne", { seconds });
}
