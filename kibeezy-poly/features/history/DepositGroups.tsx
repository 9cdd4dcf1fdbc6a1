"use client";
import { type DepositFilter, isFiltered } from "@/features/history/depositFilter";
import { historyMessages } from "@/features/history/messages";
import type { Deposits } from "@/features/history/useDeposits";
import { DayList } from "@/features/wallet/DayList";
import { TransactionRow } from "@/features/wallet/TransactionRow";
import type { Transaction } from "@/lib/api";
import { useText } from "@/lib/useLanguage";
import { EmptyState } from "@/ui/EmptyState";
import { MoreButton } from "@/ui/MoreButton";
import { PageLink } from "@/ui/PageLink";

type Props = {
  deposits: Deposits;
  filter: DepositFilter;
  onMore: (next: string) => Promise<void>;
};

/** Lists deposits under way first, whatever their age, then those with an outcome. */
export function DepositGroups({ deposits, filter, onMore }: Props) {
  const text = useText(historyMessages);
  const { pending, settled, next } = deposits;
  if (pending.length + settled.length === 0 && next === null) return <Nothing filter={filter} />;
  return (
    <>
      {pending.length === 0 ? null : (
        <Group title={text("pinned")} note={text("pinnedNote")} deposits={pending} />
      )}
      {settled.length === 0 ? null : (
        <section aria-label={text("settled")}>
          <h2 className="sr-only">{text("settled")}</h2>
          <DayList transactions={settled} />
        </section>
      )}
      {next === null ? null : <MoreButton next={next} onMore={onMore} />}
    </>
  );
}

type GroupProps = {
  title: string;
  note?: string;
  deposits: Transaction[];
};

function Group({ title, note, deposits }: GroupProps) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 px-1 text-lg font-bold">{title}</h2>
      {note === undefined ? null : <p className="mb-3 text-ink-soft">{note}</p>}
      <ul className="divide-y divide-line rounded-card bg-surface px-4 shadow-card">
        {deposits.map((deposit) => (
          <TransactionRow key={deposit.id} transaction={deposit} />
        ))}
      </ul>
    </section>
  );
}

function Nothing({ filter }: { filter: DepositFilter }) {
  const text = useText(historyMessages);
  return isFiltered(filter) ? (
    <EmptyState icon="list" title={text("noneTitle")} body={text("noneBody")} />
  ) : (
    <EmptyState icon="arrowIn" title={text("emptyTitle")} body={text("emptyBody")}>
      <PageLink
        href="/wallet"
        className="mt-4 inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
      >
        {text("emptyAction")}
      </PageLink>
    </EmptyState>
  );
}
