"use client";
import { useSearchParams } from "next/navigation";
import { DepositFilters } from "@/components/history/DepositFilters";
import { DepositGroups } from "@/components/history/DepositGroups";
import { RowsSkeleton } from "@/components/RowsSkeleton";
import { Loaded } from "@/components/Loaded";
import { PageFrame } from "@/components/PageFrame";
import { PageLink } from "@/components/PageLink";
import { useDeposits } from "@/hooks/useDeposits";
import { useText } from "@/hooks/useLanguage";
import { type DepositFilter, parseDepositFilter, toDepositsPath } from "@/lib/depositFilter";
import { historyMessages } from "@/lib/messages/history";

/** All deposits, as the address filters them. */
export function DepositsView() {
  const text = useText(historyMessages);
  const filter = parseDepositFilter(new URLSearchParams(useSearchParams()));
  const { resource, loadMore } = useDeposits(filter);
  return (
    <PageFrame title={text("title")} lead={text("lead")}>
      <DepositFilters key={toDepositsPath(filter)} filter={filter} onChange={showFilter} />
      <Loaded resource={resource} skeleton={<RowsSkeleton />}>
        {(deposits) => <DepositGroups deposits={deposits} filter={filter} onMore={loadMore} />}
      </Loaded>
      <p className="text-center">
        <PageLink
          href="/wallet/statement"
          className="inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
        >
          {text("statement")}
        </PageLink>
      </p>
    </PageFrame>
  );
}

/** A step in the browser's history that asks the page's server for nothing; Back undoes it. */
function showFilter(filter: DepositFilter): void {
  window.history.pushState(null, "", toDepositsPath(filter));
}
