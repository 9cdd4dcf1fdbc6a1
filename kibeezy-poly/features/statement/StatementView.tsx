"use client";
import { type EntryPage, listEntries } from "@/features/statement/api";
import { DownloadForm } from "@/features/statement/DownloadForm";
import { EntryRow } from "@/features/statement/EntryRow";
import { statementMessages } from "@/features/statement/messages";
import { followPage } from "@/lib/api";
import { formatBalance } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useWallet } from "@/lib/useWallet";
import { EmptyState } from "@/ui/EmptyState";
import { Loaded } from "@/ui/Loaded";
import { MoreButton } from "@/ui/MoreButton";
import { PageFrame } from "@/ui/PageFrame";
import { RowsSkeleton } from "@/ui/RowsSkeleton";

/** The statement page: the wallet's postings, newest first, and the download of the statement. */
export function StatementView() {
  const text = useText(statementMessages);
  const resource = useResource(listEntries);

  async function loadMore(next: string): Promise<void> {
    const page = await followPage<EntryPage>(next);
    resource.put((old) =>
      old.next === next ? { ...page, results: [...old.results, ...page.results] } : old,
    );
  }

  return (
    <PageFrame
      title={text("title")}
      lead={text("lead")}
      back={{ href: "/wallet", label: text("back") }}
    >
      <Balance />
      <Loaded resource={resource} skeleton={<RowsSkeleton />}>
        {(page) => <Entries page={page} onMore={loadMore} />}
      </Loaded>
      <DownloadForm />
    </PageFrame>
  );
}

function Balance() {
  const text = useText(statementMessages);
  const { data } = useWallet();
  return (
    <p className="flex min-h-14 flex-wrap items-center justify-between gap-x-4 rounded-card bg-surface px-5 shadow-card">
      <span className="text-ink-soft">{text("balance")}</span>
      {data === null ? (
        <span aria-hidden="true" className="skeleton h-7 w-32" />
      ) : (
        <strong className="money text-xl" translate="no">
          {formatBalance(data.balance)}
        </strong>
      )}
    </p>
  );
}

type EntriesProps = { page: EntryPage; onMore: (next: string) => Promise<void> };

function Entries({ page: { results, next }, onMore }: EntriesProps) {
  const text = useText(statementMessages);
  if (results.length === 0)
    return <EmptyState icon="list" title={text("emptyTitle")} body={text("emptyBody")} />;
  return (
    <section aria-label={text("lines")}>
      <ul className="divide-y divide-line rounded-card bg-surface px-4 shadow-card sm:px-5">
        {results.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </ul>
      {next === null ? null : <MoreButton next={next} onMore={onMore} />}
    </section>
  );
}
