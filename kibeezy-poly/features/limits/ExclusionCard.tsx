"use client";
import { useState } from "react";
import type { ExclusionMonths, OwnLimits } from "@/features/limits/api";
import { CoolOffCard } from "@/features/limits/CoolOffCard";
import { isLonger } from "@/features/limits/coolOff";
import { limitsMessages } from "@/features/limits/messages";
import { Until } from "@/features/limits/Until";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { Later } from "@/ui/Later";

const load = () => import("@/features/limits/ExclusionConfirm");

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const MONTHS: readonly ExclusionMonths[] = [6, 12, 60];

export const toName = (months: ExclusionMonths) =>
  `months_${String(months) as `${ExclusionMonths}`}` as const;

/**
 * Self-exclusion: months without deposits. It cannot be ended early, so starting it requires the
 * password.
 */
export function ExclusionCard({ own, onSaved }: Props) {
  const text = useText(limitsMessages);
  const [now] = useState(serverNow);
  const options = MONTHS.map((months) => ({
    value: months,
    label: text(toName(months)),
    disabled: !isLonger(own.excluded_until, { months }, now),
  }));
  return (
    <CoolOffCard
      name="exclusion"
      title={text("exclusion")}
      lead={text("exclusionLead")}
      until={<Until message="excludedUntil" time={own.excluded_until} now={now} />}
      options={options}
      next={text("exclusionNext")}
      onSaved={onSaved}
    >
      {(step) => (
        <Later load={load}>{({ ExclusionConfirm }) => <ExclusionConfirm {...step} />}</Later>
      )}
    </CoolOffCard>
  );
}
