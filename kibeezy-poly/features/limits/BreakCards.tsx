"use client";
import type { OwnLimits } from "@/features/limits/api";
import { ExclusionCard } from "@/features/limits/ExclusionCard";
import { PauseCard } from "@/features/limits/PauseCard";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

/** Cool-off and self-exclusion: the foot of the limits page. */
export function BreakCards(props: Props) {
  return (
    <>
      <PauseCard {...props} />
      <ExclusionCard {...props} />
    </>
  );
}
