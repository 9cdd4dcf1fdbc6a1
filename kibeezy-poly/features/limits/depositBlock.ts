/** Whether a deposit is possible now: the API's one answer, read alike by every view. */
import type { Limits } from "@/features/limits/api";

export type RefusedBy = NonNullable<Limits["refused_by"]>;

export type DepositBlock = {
  by: RefusedBy;
  /** When deposits are possible again; null where no time ends the rejection. */
  until: string | null;
};

/**
 * Why no deposit is possible at `nowMs`; null if one is, or if that is not known yet. An answer
 * whose end has passed refuses nothing: the push is checked anyway.
 */
export function findDepositBlock(limits: Limits | null, nowMs: number): DepositBlock | null {
  // An API of an older release, beside this page for a while, does not say it.
  const by = limits?.refused_by ?? null;
  if (limits === null || by === null) return null;
  const { deposits_again_at: until } = limits;
  return until !== null && Date.parse(until) <= nowMs ? null : { by, until };
}
