/** Deposits by the day in Kenya on which they were started. */
import type { Transaction } from "@/lib/api";
import { toDay } from "@/lib/day";

export type Day = { day: string; transactions: Transaction[] };

/** Groups deposits by day, in the order in which they come. */
export function groupByDay(transactions: readonly Transaction[]): Day[] {
  const days: Day[] = [];
  for (const transaction of transactions) {
    const day = toDay(Date.parse(transaction.created_at));
    const last = days.at(-1);
    if (last?.day === day) last.transactions.push(transaction);
    else days.push({ day, transactions: [transaction] });
  }
  return days;
}

/** How many deposits in a row that were not completed are shown before the rest is folded. */
const SHOWN_FAILURES = 2;

/** The rows of a day: of more than two failures in a row, the further ones are a group of their own. */
export function foldFailures(transactions: readonly Transaction[]): Transaction[][] {
  const parts: Transaction[][] = [];
  let failures = 0;
  for (const transaction of transactions) {
    failures = transaction.status === "FAILED" ? failures + 1 : 0;
    const isFolded = failures > SHOWN_FAILURES;
    const starts = failures === SHOWN_FAILURES + 1;
    const last = parts.at(-1);
    if (isFolded && !starts && last !== undefined) last.push(transaction);
    else parts.push([transaction]);
  }
  return parts;
}
