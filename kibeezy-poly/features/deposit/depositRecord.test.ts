import { describe, expect, it, vi } from "vitest";
import {
  createIdempotencyKey,
  deleteRecord,
  readRecord,
  writeRecord,
} from "@/features/deposit/depositRecord";

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
