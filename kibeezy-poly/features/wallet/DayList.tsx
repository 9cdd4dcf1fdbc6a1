"use client";
import { foldFailures, groupByDay, type Day } from "@/features/wallet/groupByDay";
import { walletMessages } from "@/features/wallet/messages";
import { isReceived } from "@/features/wallet/statusStyles";
import { TransactionRow } from "@/features/wallet/TransactionRow";
import type { Transaction } from "@/lib/api";
import { addDays, showDay, toDay } from "@/lib/day";
import { formatKes } from "@/lib/money";
import { serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";

type Props = { transactions: readonly Transaction[] };

/** Deposits with an outcome by day: what was added, and quietly what was not. */
export function DayList({ transactions }: Props) {
  return (
    <div className="space-y-5">
      {groupByDay(transactions).map((day) => (
        <DaySection key={`${day.day}-${String(day.transactions[0]?.id)}`} day={day} />
      ))}
    </div>
  );
}

function DaySection({ day: { day, transactions } }: { day: Day }) {
  const name = useDayName()(day);
  const added = transactions.filter(isReceived).reduce((total, { amount }) => total + amount, 0);
  return (
    <section aria-label={name}>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3 px-1">
        {/* At midnight the server's today may be the browser's yesterday. */}
        <h3 className="text-lg font-bold" suppressHydrationWarning>
          {name}
        </h3>
        {added === 0 ? null : (
          <p className="money text-sm text-ink-soft" translate="no">{`+${formatKes(added)}`}</p>
        )}
      </div>
      <ul className="divide-y divide-line rounded-card bg-surface px-4 shadow-card">
        {foldFailures(transactions).map((part) => (
          <Part key={part[0]?.id} transactions={part} />
        ))}
      </ul>
    </section>
  );
}

/** One deposit, or further failures in a row, folded. */
function Part({ transactions }: { transactions: Transaction[] }) {
  const text = useText(walletMessages);
  const [first] = transactions;
  if (transactions.length === 1 && first !== undefined)
    return <TransactionRow transaction={first} />;
  return (
    <li>
      <details>
        <summary className="flex min-h-touch cursor-pointer items-center text-sm text-ink-soft">
          {text("moreFailed", { count: transactions.length })}
        </summary>
        <ul className="divide-y divide-line">
          {transactions.map((transaction) => (
            <TransactionRow key={transaction.id} transaction={transaction} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function useDayName(): (day: string) => string {
  const text = useText(walletMessages);
  const { language } = useLanguage();
  const today = toDay(serverNow());
  return (day) => {
    if (day === today) return text("today");
    return day === addDays(today, -1) ? text("yesterday") : showDay(day, language);
  };
}
