import type { Transaction } from "@/lib/api";

/** True if the deposit reached the wallet and was not taken back. */
export function isPaid({ status, is_reversed }: Transaction): boolean {
  return status === "COMPLETED" && !is_reversed;
}

/** The amount of the newest deposit that reached the wallet; null if there is none. */
export function findLastPaid(transactions: readonly Transaction[]): number | null {
  const newest = transactions
    .filter(isPaid)
    .reduce<Transaction | null>(
      (last, txn) => (last === null || txn.id > last.id ? txn : last),
      null,
    );
  return newest?.amount ?? null;
}
