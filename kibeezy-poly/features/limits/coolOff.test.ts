import { describe, expect, it } from "vitest";
import { isLonger, isOver } from "@/features/limits/coolOff";

describe("cool-offs", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");

  it("are over at their end", () => {
    expect(isOver(null, now)).toBe(true);
    expect(isOver("2026-11-25T12:00:00Z", now)).toBe(true);
    expect(isOver("2026-11-25T12:00:01Z", now)).toBe(false);
  });

  it("can only become longer", () => {
    expect(isLonger(null, { days: 1 }, now)).toBe(true);
    expect(isLonger("2026-12-01T12:00:00Z", { days: 1 }, now)).toBe(false);
    expect(isLonger("2026-12-01T12:00:00Z", { days: 7 }, now)).toBe(true);
    expect(isLonger("2027-05-25T12:00:00Z", { months: 6 }, now)).toBe(false);
    expect(isLonger("2027-05-25T12:00:00Z", { months: 12 }, now)).toBe(true);
  });
});
