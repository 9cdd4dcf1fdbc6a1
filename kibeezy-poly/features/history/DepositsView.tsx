"use client";
import { useSearchParams } from "next/navigation";
import {
  type DepositFilter,
  parseDepositFilter,
  toDepositsPath,
} from "@/features/history/depositFilter";
import { DepositFilters } from "@/features/history/DepositFilters";
import { DepositGroups } from "@/features/history/DepositGroups";
import { historyMessages } from "@/features/history/messages";
import { useDeposits } from "@/features/history/useDeposits";
import { useText } from "@/lib/useLanguage";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { PageLink } from "@/ui/PageLink";
import { RowsSkeleton } from "@/ui/RowsSkeleton";

/** The history page: all deposits that match the filter in the address. */
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

/**
 * Changes the address without a request to the page's server; the browser's Back button undoes it.
 */
function showFilter(filter: DepositFilter): void {
  window.history.pushState(null, "", toDepositsPath(filter));
}
