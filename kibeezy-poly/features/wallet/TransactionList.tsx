"use client";
import { DayList } from "@/features/wallet/DayList";
import { walletMessages } from "@/features/wallet/messages";
import { TransactionRow } from "@/features/wallet/TransactionRow";
import type { Transaction } from "@/lib/api";
import { useText } from "@/lib/useLanguage";
import { MoreButton } from "@/ui/MoreButton";
import { PageLink } from "@/ui/PageLink";

type Props = {
  transactions: Transaction[];
  next: string | null;
  onOpen: (transaction: Transaction) => void;
  onMore: (next: string) => Promise<void>;
};

export function TransactionList({ transactions, next, onOpen, onMore }: Props) {
  const text = useText(walletMessages);
  // Deposits under way come first, whatever their age.
  const pinned = transactions.filter(({ status }) => status === "PENDING");
  const settled = transactions.filter(({ status }) => status !== "PENDING");
  return (
    <section aria-labelledby="recent-title">
      <h2 id="recent-title" className="sr-only">
        {text("recent")}
      </h2>
      {transactions.length === 0 ? null : (
        <p className="-mt-3 text-right">
          <PageLink
            href="/deposits"
            className="inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
          >
            {text("allDeposits")}
          </PageLink>
        </p>
      )}
      {transactions.length === 0 ? <HowItWorks /> : null}
      {pinned.length === 0 ? null : (
        <section aria-label={text("underWay")} className="mb-5">
          <h3 className="mb-2 px-1 text-lg font-bold">{text("underWay")}</h3>
          <ul className="divide-y divide-line rounded-card bg-surface px-4 shadow-card">
            {pinned.map((transaction) => (
              <TransactionRow key={transaction.id} transaction={transaction} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      )}
      <DayList transactions={settled} />
      {next === null ? null : <MoreButton next={next} onMore={onMore} />}
    </section>
  );
}

/** In place of an empty list: the three steps of a deposit. */
function HowItWorks() {
  const text = useText(walletMessages);
  return (
    <div className="rounded-card bg-surface p-5 shadow-card">
      <h3 className="text-lg font-bold">{text("emptyTitle")}</h3>
      <ol className="mt-3 list-decimal space-y-2 pl-5 marker:font-bold marker:text-brand">
        <li>{text("step1")}</li>
        <li>{text("step2")}</li>
        <li>{text("step3")}</li>
      </ol>
    </div>
  );
}
