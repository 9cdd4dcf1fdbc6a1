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
    providerStatus === null ? null : describe(providerStatus, text),
  ].filter(Boolean);
  return parts.length === 0 ? null : (
    <p className="text-[0.95rem] text-ink-soft">{parts.join(" ")}</p>
  );
}

function describe(
  { typical_seconds: seconds, state }: ProviderStatus,
  text: Text<typeof depositMessages>,
): string {
  const typical = seconds === null ? "" : text(seconds > 1 ? "typical" : "typicalOne", { seconds });
  const slow = state === "slow" || state === "down" ? text("slowNow") : "";
  return [typical, slow].filter(Boolean).join(" ");
}
