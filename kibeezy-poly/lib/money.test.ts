import { describe, expect, it } from "vitest";
import {
  formatBalance,
  formatKes,
  groupDigits,
  keepAmounts,
  looseText,
  readShillings,
} from "@/lib/money";
import { readSpellings, spellings } from "@/test/spellings";

const { amount } = spellings;

describe("money", () => {
  it.each([
    [500, "KSh\u00a0500"],
    ["1000", "KSh\u00a01,000"],
    ["150000.00", "KSh\u00a0150,000"],
    ["1234.5", "KSh\u00a01,234.50"],
    ["-20.00", "−KSh\u00a020"],
    ["0", "KSh\u00a00"],
    ["not money", "not money"],
  ])("formats %s as %s", (amount, text) => {
    expect(formatKes(amount)).toBe(text);
  });

  it("shows the cents of a balance, even of one beyond exact floats", () => {
    expect(formatBalance("500")).toBe("KSh\u00a0500.00");
    expect(formatBalance("9007199254740993.10")).toBe("KSh\u00a09,007,199,254,740,993.10");
  });

  it.each([
    ["KSh 1,500 is in your wallet.", "KSh\u00a01,500 is in your wallet."],
    ["M-PESA deposit of KSH 500", "M-PESA deposit of KSH\u00a0500"],
    ["kati ya KES 1 na 99", "kati ya KES\u00a01 na 99"],
    ["Amount in KSh. 10 deposits", "Amount in KSh. 10 deposits"],
  ])("gives the amounts of %s no-break spaces, and removes them again", (text, kept) => {
    expect(keepAmounts(text)).toBe(kept);
    expect(looseText(kept)).toBe(text);
  });

  it.each(readSpellings(amount))("reads %j as %j whole shillings", (text, shillings) => {
    expect(readShillings(text)).toBe(shillings);
  });

  it.each(amount.refused)("does not guess what %j is", (text) => {
    expect(readShillings(text)).toBeNull();
  });

  it("reads an amount that it has grouped", () => {
    expect(readShillings(groupDigits("1500000"))).toBe("1500000");
  });

  it("groups digits", () => {
    expect(groupDigits("1500000")).toBe("1,500,000");
    expect(groupDigits("")).toBe("");
  });
});
