"use client";
import { Alert } from "@/components/ui/Alert";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { isOver } from "@/lib/breaks";
import { limitsMessages } from "@/lib/messages/limits";
import { formatFullTime } from "@/lib/time";

type Props = { message: "pausedUntil" | "excludedUntil"; time: string | null; now: number };

/** Until when deposits rest, and what that means; nothing once it is over. */
export function Until({ message, time, now }: Props) {
  const text = useText(limitsMessages);
  const { language } = useLanguage();
  if (time === null || isOver(time, now)) return null;
  return (
    <Alert tone="wait" title={text(message, { time: formatFullTime(time, language) })}>
      {text("pausedMeans")}
    </Alert>
  );
}
