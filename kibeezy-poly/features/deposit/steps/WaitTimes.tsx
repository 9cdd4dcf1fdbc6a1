"use client";
import type { Weather } from "@/features/deposit/api";
import { depositMessages } from "@/features/deposit/messages";
import { formatElapsed } from "@/features/deposit/steps/elapsed";
import { useElapsed } from "@/features/deposit/steps/useCountdown";
import { serverNow } from "@/lib/time";
import { type Text, useLanguage, useText } from "@/lib/useLanguage";

type Props = {
  /** Since when; null where only the usual time is told. */
  since: string | null;
  weather: Weather | null;
};

/** How long it has taken, and how long it usually takes right now by everybody's recent deposits. */
export function WaitTimes({ since, weather }: Props) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const elapsed = useElapsed(since === null ? null : Date.parse(since), serverNow);
  const parts = [
    elapsed === null ? null : text("elapsed", { time: formatElapsed(elapsed, language) }),
    weather === null ? null : describe(weather, text),
  ].filter(Boolean);
  return parts.length === 0 ? null : (
    <p className="text-[0.95rem] text-ink-soft">{parts.join(" ")}</p>
  );
}

function describe(
  { typical_seconds: seconds, state }: Weather,
  text: Text<typeof depositMessages>,
): string {
  const typical = seconds === null ? "" : text(seconds > 1 ? "typical" : "typicalOne", { seconds });
  const slow = state === "slow" || state === "down" ? text("slowNow") : "";
  return [typical, slow].filter(Boolean).join(" ");
}
