import { describe, expect, it } from "vitest";
import { addDays, ageOn, countDays, isDay, showDay, startOfDay, toDay } from "@/lib/day";

describe("days", () => {
  it("turn at midnight in Nairobi, not in Greenwich", () => {
    expect(toDay(Date.parse("2026-11-24T20:59:59Z"))).toBe("2026-11-24");
    expect(toDay(Date.parse("2026-11-24T21:00:00Z"))).toBe("2026-11-25");
    expect(startOfDay("2026-11-25").toISOString()).toBe("2026-11-24T21:00:00.000Z");
  });

  it.each(["2026-02-30", "2026-13-01", "26-1-1", "", "2026-11-25T00:00", "0000-00-00"])(
    "%j is none",
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );

  it("exist in leap years", () => {
    expect(isDay("2028-02-29")).toBe(true);
  });

  it("are counted over months and years", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(countDays("2026-01-01", "2026-12-31")).toBe(364);
    expect(countDays("2026-01-01", "2026-01-01")).toBe(0);
  });

  it.each([
    ["2008-11-25", 18],
    ["2008-11-26", 17],
    ["2027-01-01", -1],
  ])("make a customer born on %s %i years old on 25 November 2026", (born, age) => {
    expect(ageOn("2026-11-25", born)).toBe(age);
  });

  it("are shown with the month's name", () => {
    expect(showDay("2026-11-25", "en")).toBe("25 Nov 2026");
  });
});
