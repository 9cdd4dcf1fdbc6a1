import { describe, expect, it } from "vitest";
import {
  formatCountdown,
  formatDateTime,
  formatMoment,
  formatTime,
  noteServerTime,
  serverNow,
} from "@/lib/time";

describe("time", () => {
  it("is Nairobi's", () => {
    expect(formatDateTime("2026-11-23T21:30:00Z", "en")).toBe("24 Nov, 00:30");
    expect(formatTime(Date.parse("2026-11-23T21:30:00Z"), "sw")).toBe("00:30");
  });

  it("names the day of a moment unless that is today", () => {
    const now = serverNow();
    expect(formatMoment(now, "en")).toBe(formatTime(now, "en"));
    const yesterday = now - 86_400_000;
    const withDay = formatDateTime(new Date(yesterday).toISOString(), "en");
    expect(formatMoment(yesterday, "en")).toBe(withDay);
  });

  it.each([
    [75, "1:15"],
    [9.2, "0:10"],
    [-3, "0:00"],
  ])("counts %d down as %s", (seconds, text) => {
    expect(formatCountdown(seconds)).toBe(text);
  });

  it("follows the server's clock when this device's is wrong", () => {
    noteServerTime(new Date(Date.now() + 3_600_000).toUTCString());
    expect(serverNow() - Date.now()).toBeGreaterThan(3_590_000);
    noteServerTime("nonsense");
    noteServerTime(new Date().toUTCString());
    expect(Math.abs(serverNow() - Date.now())).toBeLessThan(2000);
  });
});
