import { describe, expect, it } from "vitest";
import type { Limits } from "@/features/limits/api";
import { findRemaining } from "@/features/limits/allowance";

const limits = (changes: Partial<Limits>): Limits => ({
  refused_by: null,
  deposits_again_at: null,
  most_now: 1000,
  identity_required: false,
  tier: "full",
  min_amount: 1,
  max_amount: 1000,
  daily_limit: 5000,
  own_daily_limit: null,
  used_today: 0,
  remaining_today: 5000,
  weekly_limit: null,
  remaining_this_week: null,
  ...changes,
});
const ownWeek = (left: number) => ({ weekly_limit: 9000, remaining_this_week: left });

describe("the limit that decides", () => {
  it.each([
    ["one deposit's most", {}, { bound: "one", limit: 1000, left: 1000 }],
    ["the level's day", { used_today: 4100 }, { bound: "day", limit: 5000, left: 900 }],
    [
      "the own daily cap",
      { own_daily_limit: 3000, used_today: 2200 },
      { bound: "ownDay", limit: 3000, left: 800 },
    ],
    [
      "the own weekly cap, though day and deposit leave more",
      { own_daily_limit: 3000, used_today: 2200, ...ownWeek(700) },
      { bound: "ownWeek", limit: 9000, left: 700 },
    ],
    [
      "the own daily cap within a weekly cap that leaves more",
      { own_daily_limit: 3000, used_today: 2200, ...ownWeek(6000) },
      { bound: "ownDay", limit: 3000, left: 800 },
    ],
    [
      "the week before a day that leaves the same, as the API does",
      { own_daily_limit: 3000, used_today: 2200, ...ownWeek(800) },
      { bound: "ownWeek", limit: 9000, left: 800 },
    ],
    [
      "one deposit's most before a day that leaves the same",
      { used_today: 4000 },
      { bound: "one", limit: 1000, left: 1000 },
    ],
    [
      "a day below what was used, with nothing left",
      { own_daily_limit: 100, used_today: 2200 },
      { bound: "ownDay", limit: 100, left: 0 },
    ],
  ])("is %s", (_, changes, remaining) => {
    expect(findRemaining(limits(changes))).toEqual(remaining);
  });
});
