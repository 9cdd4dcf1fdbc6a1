"use client";
import { useElapsed } from "@/hooks/useCountdown";
import { type Text, useLanguage, useText } from "@/hooks/useLanguage";
import type { Weather } from "@/lib/api";
import { formatElapsed } from "@/lib/elapsed";
import { depositMessages } from "@/lib/messages/deposit";
import { serverNow } from "@/lib/time";

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
