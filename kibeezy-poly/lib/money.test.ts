import { describe, expect, it } from "vitest";
import { cleanAmount, formatBalance, formatKes, groupDigits } from "@/lib/money";

describe("money", () => {
  it.each([
    [500, "KSh 500"],
    ["1000", "KSh 1,000"],
    ["150000.00", "KSh 150,000"],
    ["1234.5", "KSh 1,234.50"],
    ["-20.00", "−KSh 20"],
    ["0", "KSh 0"],
    ["not money", "not money"],
  ])("formats %s as %s", (amount, text) => {
    expect(formatKes(amount)).toBe(text);
  });

  it("shows the cents of a balance, even of one beyond exact floats", () => {
    expect(formatBalance("500")).toBe("KSh 500.00");
    expect(formatBalance("9007199254740993.10")).toBe("KSh 9,007,199,254,740,993.10");
  });

  it.each([
    ["KSh 1,500", "1500"],
    ["1 500.00", "1500"],
    ["007", "7"],
    ["-50", "50"],
    ["abc", ""],
  ])("cleans %s to %s", (text, digits) => {
    expect(cleanAmount(text)).toBe(digits);
  });

  it("groups digits", () => {
    expect(groupDigits("1500000")).toBe("1,500,000");
  });
});
