import { describe, expect, it, vi } from "vitest";
import { readStoredDeposit, writeStoredDeposit } from "@/features/deposit/persist";

const stored = {
  key: "k",
  amount: 500,
  startedAt: "2026-11-23T10:00:00Z",
  newestIdBefore: 1,
  sent: true,
  transactionId: null,
  minimised: false,
  earlier: [],
};

describe("the stored deposit", () => {
  it("is read unchanged, by its own user only, until it is deleted", () => {
    writeStoredDeposit(7, stored);
    expect(readStoredDeposit(7)).toEqual(stored);
    expect(readStoredDeposit(8)).toBeNull();
    writeStoredDeposit(7, null);
    expect(readStoredDeposit(7)).toBeNull();
  });

  it.each(["{", "[]", '{"key":1}', "null"])("ignores %s", (text) => {
    window.localStorage.setItem("kibeezy.deposit.7", text);
    expect(readStoredDeposit(7)).toBeNull();
  });

  it("is not stored, without an error, when the browser denies storage", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("No", "QuotaExceededError");
    });
    expect(() => {
      writeStoredDeposit(7, stored);
    }).not.toThrow();
  });

  it("is forgotten when it was reviewed long ago and never sent", () => {
    writeStoredDeposit(7, { ...stored, sent: false });
    expect(readStoredDeposit(7)).toBeNull();
    const now = { ...stored, sent: false, startedAt: new Date().toISOString() };
    writeStoredDeposit(7, now);
    expect(readStoredDeposit(7)).toEqual(now);
  });
});
