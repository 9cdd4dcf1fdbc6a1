import { describe, expect, it } from "vitest";
import { findGate } from "@/features/limits/gate";
import { api } from "@/test/handlers";

const NOW = Date.parse("2026-11-30T12:00:00Z");

describe("the gate before a deposit", () => {
  it("is open until the answer is known, and where nothing refuses", () => {
    expect(findGate(null, NOW)).toBeNull();
    expect(findGate(api.limits, NOW)).toBeNull();
  });

  it.each(["identity_needed", "identity_checking", "identity_refused"] as const)(
    "stays closed without an end while %s",
    (refused_by) => {
      const gate = findGate({ ...api.limits, refused_by }, NOW);
      expect(gate).toEqual({ by: refused_by, until: null });
    },
  );

  it.each(["cool_off", "limit"] as const)("opens at the end of %s", (refused_by) => {
    const until = "2026-11-30T12:00:01Z";
    const limits = { ...api.limits, refused_by, deposits_again_at: until };
    expect(findGate(limits, NOW)).toEqual({ by: refused_by, until });
    expect(findGate(limits, NOW + 1000)).toBeNull();
  });
});
