/** Which limit decides how much may be deposited now. */
import type { Limits } from "@/features/limits/api";

/** Whose limit it is, and over what. */
export type Bound = "one" | "ownWeek" | "ownDay" | "day";

export type Room = {
  bound: Bound;
  limit: number;
  /** How much of it is left now. */
  left: number;
};

/** The day's limit that counts: the customer's own, where it is lower than their level's. */
export function findDay({ daily_limit, own_daily_limit, used_today }: Limits): Room {
  const limit = own_daily_limit ?? daily_limit;
  const bound = limit === daily_limit ? "day" : "ownDay";
  return { bound, limit, left: Math.max(0, limit - used_today) };
}

/** The tightest limit; of two that leave the same, the one that the API would name. */
export function findRoom(limits: Limits): Room {
  const { max_amount, weekly_limit, remaining_this_week } = limits;
  const rooms: Room[] = [{ bound: "one", limit: max_amount, left: max_amount }];
  if (weekly_limit !== null && remaining_this_week !== null)
    rooms.push({ bound: "ownWeek", limit: weekly_limit, left: remaining_this_week });
  rooms.push(findDay(limits));
  return rooms.reduce((tightest, room) => (room.left < tightest.left ? room : tightest));
}
