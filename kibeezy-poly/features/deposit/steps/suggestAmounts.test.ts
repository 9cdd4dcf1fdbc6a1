import { describe, expect, it } from "vitest";
import { suggestAmounts } from "@/features/deposit/steps/suggestAmounts";
import type { Transaction } from "@/lib/api";
import { buildTransaction } from "@/test/handlers";

const paid = (amounts: number[], changes: Partial<Transaction> = {}) =>
  amounts.map((amount, index) =>
    buildTransaction({ id: 100 - index, amount, status: "COMPLETED", ...changes }),
  );
const amountsOf = (transactions: Transaction[]) =>
  suggestAmounts(transactions).map(({ amount }) => amount);

describe("the amounts offered", () => {
  it("are round ones for a new customer, none of them the last", () => {
    expect(suggestAmounts([])).toEqual(
      [100, 500, 1000, 5000].map((amount) => ({ amount, isLast: false })),
    );
  });

  it("hold the last amount and the most frequent ones, smallest first", () => {
    const history = paid([650, 200, 200, 300, 200, 300, 40]);
    expect(amountsOf(history)).toEqual([40, 200, 300, 650].slice(0, 4));
    expect(suggestAmounts(history).find(({ isLast }) => isLast)?.amount).toBe(650);
  });

  it("are four, each once, whatever the history", () => {
    expect(amountsOf(paid([500, 500]))).toEqual([100, 500, 1000, 5000]);
    expect(amountsOf(paid([10, 20, 30, 40, 50, 60]))).toHaveLength(4);
  });

  it("take no deposit that did not reach the wallet, or that was taken back", () => {
    expect(amountsOf(paid([77], { status: "FAILED" }))).not.toContain(77);
    expect(amountsOf(paid([77], { status: "PENDING" }))).not.toContain(77);
    expect(amountsOf(paid([77], { is_reversed: true }))).not.toContain(77);
  });
});
