import { describe, expect, it } from "vitest";
import { findDepositBlock } from "@/features/limits/depositBlock";
import { api } from "@/test/handlers";

const NOW = Date.parse("2026-11-30T12:00:00Z");

describe("what prevents a deposit", () => {
  it("is open until the answer is known, and where nothing refuses", () => {
    expect(findDepositBlock(null, NOW)).toBeNull();
    expect(findDepositBlock(api.limits, NOW)).toBeNull();
  });

  it.each(["identity_needed", "identity_checking", "identity_refused"] as const)(
    "stays closed without an end while %s",
    (refused_by) => {
      const block = findDepositBlock({ ...api.limits, refused_by }, NOW);
      expect(block).toEqual({ by: refused_by, until: null });
    },
  );

  it.each(["cool_off", "limit"] as const)("opens at the end of %s", (refused_by) => {
    const until = "2026-11-30T12:00:01Z";
    const limits = { ...api.limits, refused_by, deposits_again_at: until };
    expect(findDepositBlock(limits, NOW)).toEqual({ by: refused_by, until });
    expect(findDepositBlock(limits, NOW + 1000)).toBeNull();
  });
});
