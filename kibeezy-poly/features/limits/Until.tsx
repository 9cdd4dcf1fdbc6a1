"use client";
import { isOver } from "@/features/limits/coolOff";
import { breakMessages } from "@/features/limits/breakMessages";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";

type Props = { message: "pausedUntil" | "excludedUntil"; time: string | null; now: number };

/**
 * Says until when a cool-off or self-exclusion lasts, and what it means; renders nothing once it is
 * over.
 */
export function Until({ message, time, now }: Props) {
  const text = useText(breakMessages);
  const { language } = useLanguage();
  if (time === null || isOver(time, now)) return null;
  return (
    <Alert tone="wait" title={text(message, { time: formatFullTime(time, language) })}>
      {text("pausedMeans")}
    </Alert>
  );
}
