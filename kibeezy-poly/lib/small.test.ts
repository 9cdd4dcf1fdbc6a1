import { describe, expect, it, vi } from "vitest";
import { createIdempotencyKey, deleteRecord, readRecord, writeRecord } from "@/lib/depositRecord";
import { parseLanguage } from "@/lib/language";
import { parseNextPath } from "@/lib/nextPath";
import { getWaitMs, isTooLong } from "@/lib/polling";
import {
  formatCountdown,
  formatDateTime,
  formatMoment,
  formatTime,
  noteServerTime,
  serverNow,
} from "@/lib/time";

const record = {
  key: "k",
  amount: 500,
  startedAt: "2026-11-23T10:00:00Z",
  newestIdBefore: 1,
  sent: true,
  transactionId: null,
  minimised: false,
  earlier: [],
};

describe("the record on this device", () => {
  it("comes back as it was, for its own user only, until it is deleted", () => {
    writeRecord(7, record);
    expect(readRecord(7)).toEqual(record);
    expect(readRecord(8)).toBeNull();
    deleteRecord(7);
    expect(readRecord(7)).toBeNull();
  });

  it.each(["{", "[]", '{"key":1}', "null"])("ignores %s", (text) => {
    window.localStorage.setItem("kibeezy.deposit.7", text);
    expect(readRecord(7)).toBeNull();
  });

  it("survives a closed storage", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("No", "QuotaExceededError");
    });
    expect(() => {
      writeRecord(7, record);
    }).not.toThrow();
  });

  it("forgets what was reviewed long ago and never sent", () => {
    writeRecord(7, { ...record, sent: false });
    expect(readRecord(7)).toBeNull();
    const now = { ...record, sent: false, startedAt: new Date().toISOString() };
    writeRecord(7, now);
    expect(readRecord(7)).toEqual(now);
  });

  it("makes another key each time", () => {
    expect(createIdempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(createIdempotencyKey()).not.toBe(createIdempotencyKey());
  });
});

describe("polling", () => {
  it("obeys the server, out of step with other phones", () => {
    expect(getWaitMs({ serverSeconds: 7, failures: 3, jitter: 0 })).toBe(7000);
    expect(getWaitMs({ serverSeconds: 7, failures: 3, jitter: 1 })).toBe(7700);
  });

  it.each([
    [0, 2000],
    [1, 3000],
    [4, 8000],
    [99, 10000],
  ])("waits longer after %i failures", (failures, waitMs) => {
    expect(getWaitMs({ serverSeconds: null, failures, jitter: 0 })).toBe(waitMs);
    expect(getWaitMs({ serverSeconds: null, failures, jitter: 1 })).toBe(waitMs * 1.25);
  });

  it("stops by itself after ten minutes", () => {
    expect(isTooLong(0, 599_000)).toBe(false);
    expect(isTooLong(0, 601_000)).toBe(true);
  });
});

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

describe("what comes from outside", () => {
  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "/wallet#<script>", null])(
    "does not follow %s",
    (path) => {
      expect(parseNextPath(path)).toBe("/wallet");
    },
  );

  it("follows our own paths", () => {
    expect(parseNextPath("/wallet?deposit=1")).toBe("/wallet?deposit=1");
  });

  it("speaks English unless Kiswahili is asked for", () => {
    expect([parseLanguage("sw"), parseLanguage("fr"), parseLanguage(undefined)]).toEqual([
      "sw",
      "en",
      "en",
    ]);
  });
});
