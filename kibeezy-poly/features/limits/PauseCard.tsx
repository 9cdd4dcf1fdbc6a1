"use client";
import { useState } from "react";
import type { OwnLimits, PauseDays } from "@/features/limits/api";
import { CoolOffCard } from "@/features/limits/CoolOffCard";
import { isLonger, isOver } from "@/features/limits/coolOff";
import { limitsMessages } from "@/features/limits/messages";
import { Until } from "@/features/limits/Until";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { Later } from "@/ui/Later";

const load = () => import("@/features/limits/PauseConfirm");

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const DAYS: readonly PauseDays[] = [1, 7, 30];

export const toName = (days: PauseDays) => `days_${String(days) as `${PauseDays}`}` as const;

/** Starts a cool-off: some days without deposits. More than one requires the password. */
export function PauseCard({ own, onSaved }: Props) {
  const text = useText(limitsMessages);
  const [now] = useState(serverNow);
  const options = DAYS.map((days) => ({
    value: days,
    label: text(toName(days)),
    disabled: !isLonger(own.paused_until, { days }, now),
  }));
  return (
    <CoolOffCard
      name="pause"
      title={text("pause")}
      lead={text("pauseLead")}
      until={<Until message="pausedUntil" time={own.paused_until} now={now} />}
      options={options}
      next={text(isOver(own.paused_until, now) ? "pauseNext" : "pauseLonger")}
      onSaved={onSaved}
    >
      {(step) => <Later load={load}>{({ PauseConfirm }) => <PauseConfirm {...step} />}</Later>}
    </CoolOffCard>
  );
}
