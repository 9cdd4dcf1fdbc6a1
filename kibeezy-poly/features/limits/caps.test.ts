import { describe, expect, it } from "vitest";
import { compareCap, compareCaps, parseCap } from "@/features/limits/caps";

describe("own caps", () => {
  it.each([
    [null, null, "same"],
    [null, 5000, "lower"],
    [5000, 1000, "lower"],
    [1000, 5000, "raise"],
    [1000, null, "raise"],
  ])("from %s to %s is %s", (now, wanted, change) => {
    expect(compareCap(now, wanted)).toBe(change);
  });

  it("wait as soon as one of them is raised", () => {
    const now = { daily_cap: 1000, weekly_cap: 5000 };
    expect(compareCaps(now, { daily_cap: 500, weekly_cap: 6000 })).toBe("raise");
    expect(compareCaps(now, { daily_cap: 500, weekly_cap: 5000 })).toBe("lower");
    expect(compareCaps(now, now)).toBe("same");
  });

  it("are none when the field is empty", () => {
    expect([parseCap(""), parseCap("5000"), parseCap("1.500")]).toEqual([null, 5000, NaN]);
  });
});
