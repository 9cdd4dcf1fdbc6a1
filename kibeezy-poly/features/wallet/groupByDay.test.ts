import { describe, expect, it } from "vitest";
import { foldFailures, groupByDay } from "@/features/wallet/groupByDay";
import type { Transaction } from "@/lib/api";
import { buildTransaction } from "@/test/handlers";

const at = (created_at: string, changes: Partial<Transaction> = {}) =>
  buildTransaction({ status: "COMPLETED", created_at, ...changes });

describe("deposits by day", () => {
  it("begins a day at midnight in Kenya, which is 21:00 in UTC", () => {
    const days = groupByDay([at("2026-11-29T21:00:00Z"), at("2026-11-29T20:59:59Z")]);
    expect(days.map(({ day }) => day)).toEqual(["2026-11-30", "2026-11-29"]);
  });

  it("keeps the order, and loses none", () => {
    const all = [
      at("2026-11-29T12:00:00Z", { id: 3 }),
      at("2026-11-29T09:00:00Z", { id: 2 }),
      at("2026-11-01T09:00:00Z", { id: 1 }),
    ];
    expect(groupByDay(all).map(({ transactions }) => transactions.map(({ id }) => id))).toEqual([
      [3, 2],
      [1],
    ]);
  });
});

describe("failures in a row", () => {
  const statuses = (text: string) =>
    Array.from(text, (letter, id) =>
      buildTransaction({ id, status: letter === "f" ? "FAILED" : "COMPLETED" }),
    );
  it.each([
    ["ff", [1, 1]],
    ["fff", [1, 1, 1]],
    ["fffff", [1, 1, 3]],
    ["ffcff", [1, 1, 1, 1, 1]],
    ["ffffcf", [1, 1, 2, 1, 1]],
  ])("folds the third and further ones of %s", (text, sizes) => {
    const parts = foldFailures(statuses(text));
    expect(parts.map(({ length }) => length)).toEqual(sizes);
    expect(parts.flat().map(({ id }) => id)).toEqual(Array.from(text, (_, id) => id));
  });
});
