/** The remaining allowance: how much may be deposited now, and which limit decides that. */
import type { Limits } from "@/features/limits/api";

/**
 * The limit that decides: per deposit ("one"), the customer's own weekly or daily cap, or the
 * tier's daily limit ("day").
 */
export type Bound = "one" | "ownWeek" | "ownDay" | "day";

export type RemainingAllowance = {
  bound: Bound;
  limit: number;
  /** The part of `limit` that is still left, in shillings. */
  left: number;
};

/** What is left today of the daily limit in force: the customer's own cap where it is lower. */
export function findRemainingToday({
  daily_limit,
  own_daily_limit,
  used_today,
}: Limits): RemainingAllowance {
  const limit = own_daily_limit ?? daily_limit;
  const bound = limit === daily_limit ? "day" : "ownDay";
  return { bound, limit, left: Math.max(0, limit - used_today) };
}

/**
 * The limit that leaves least. Of two that leave the same, the one that the API's error would name.
 */
export function findRemaining(limits: Limits): RemainingAllowance {
  const { max_amount, weekly_limit, remaining_this_week } = limits;
  const candidates: RemainingAllowance[] = [{ bound: "one", limit: max_amount, left: max_amount }];
  if (weekly_limit !== null && remaining_this_week !== null)
    candidates.push({ bound: "ownWeek", limit: weekly_limit, left: remaining_this_week });
  candidates.push(findRemainingToday(limits));
  return candidates.reduce((tightest, remaining) =>
    remaining.left < tightest.left ? remaining : tightest,
  );
}
