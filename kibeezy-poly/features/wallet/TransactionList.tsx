"use client";
import { walletMessages } from "@/features/wallet/messages";
import { TransactionRow } from "@/features/wallet/TransactionRow";
import type { Transaction } from "@/lib/api";
import { useText } from "@/lib/useLanguage";
import { EmptyState } from "@/ui/EmptyState";
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
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4">
        <h2 id="recent-title" className="text-xl font-bold">
          {text("recent")}
        </h2>
        <PageLink
          href="/deposits"
          className="inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
        >
          {text("allDeposits")}
        </PageLink>
      </div>
      {transactions.length === 0 ? (
        <EmptyState icon="arrowIn" title={text("emptyTitle")} body={text("emptyBody")} />
      ) : (
        <ul className="divide-y divide-line rounded-card bg-surface px-4 shadow-card sm:px-5">
          {[...pinned, ...settled].map((transaction) => (
            <TransactionRow key={transaction.id} transaction={transaction} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {next === null ? null : <MoreButton next={next} onMore={onMore} />}
    </section>
  );
}
