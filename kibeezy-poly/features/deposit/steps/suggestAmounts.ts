/** The amounts offered as chips: what this customer usually deposits, within what is possible. */
import { findLastPaid, isPaid } from "@/features/deposit/lastPaid";
import type { Transaction } from "@/lib/api";

export type Suggestion = { amount: number; isLast: boolean };

const USUAL = [100, 500, 1000, 5000];
const CHIPS = 4;

/**
 * Up to four amounts, smallest first: the last deposit, then those made most often, then round
 * ones. Only deposits that reached the wallet count.
 */
export function suggestAmounts(transactions: readonly Transaction[]): Suggestion[] {
  const paid = transactions.filter(isPaid);
  const last = findLastPaid(paid);
  const counts = new Map<number, number>();
  for (const { amount } of paid) counts.set(amount, (counts.get(amount) ?? 0) + 1);
  const often = [...counts].sort(([, one], [, two]) => two - one).map(([amount]) => amount);
  return [...new Set([...(last === null ? [] : [last]), ...often, ...USUAL])]
    .slice(0, CHIPS)
    .sort((one, two) => one - two)
    .map((amount) => ({ amount, isLast: amount === last }));
}
