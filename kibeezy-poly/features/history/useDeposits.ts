"use client";
/**
 * Loads the deposits that match a filter: all under way at once, those with an outcome page by
 * page.
 */
import { useEffect } from "react";
import { findDeposits } from "@/features/history/api";
import { type DepositFilter, toApiQuery, toDepositsPath } from "@/features/history/depositFilter";
import { followPage, type Transaction, type TransactionPage } from "@/lib/api";
import { useResource } from "@/lib/useResource";
import { useReturn } from "@/lib/useReturn";
import { useWallet } from "@/lib/useWallet";

export type Deposits = {
  pending: Transaction[];
  settled: Transaction[];
  next: string | null;
  loadedAt: number;
};

/** The largest page that the API gives; no customer has more deposits under way than fit on it. */
const MAX_PENDING = "100";

export function useDeposits(filter: DepositFilter) {
  const resource = useResource(() => load(filter), toDepositsPath(filter));
  const { data, loading, put, refresh } = resource;

  // The sheet polls its deposit and reports the outcome to the wallet, perhaps before this list has
  // it: then the list is loaded again.
  const ended = useEnded(data?.pending ?? []);
  useEffect(() => {
    if (ended !== "") refresh();
  }, [ended, refresh]);

  useReturn(() => {
    const isOld = data !== null && Date.now() - data.loadedAt > 3000;
    // Only deposits under way can change while the page is hidden.
    if (isOld && !loading && data.pending.length > 0) refresh();
  });

  async function loadMore(next: string): Promise<void> {
    const page = await followPage<TransactionPage>(next);
    put((old) => (old.next === next ? append(old, page) : old));
  }

  return { resource, loadMore };
}

/**
 * The ids, joined by commas, of deposits listed here as pending for which the wallet already has an
 * outcome.
 */
function useEnded(pending: Transaction[]): string {
  const { data } = useWallet();
  const settled = data?.transactions.filter(({ status }) => status !== "PENDING") ?? [];
  const ids = new Set(settled.map(({ id }) => id));
  return pending.flatMap(({ id }) => (ids.has(id) ? [id] : [])).join();
}

async function load(filter: DepositFilter): Promise<Deposits> {
  const query = toApiQuery(filter);
  const pendingQuery = { ...query, status: "PENDING", page_size: MAX_PENDING };
  const none: TransactionPage = { next: null, previous: null, results: [] };
  const [pending, settled] = await Promise.all([
    filter.status === "all" || filter.status === "pending" ? findDeposits(pendingQuery) : none,
    filter.status === "pending" ? none : findDeposits(query),
  ]);
  return append(
    { pending: pending.results, settled: [], next: null, loadedAt: Date.now() },
    settled,
  );
}

function append(old: Deposits, page: TransactionPage): Deposits {
  const more = page.results.filter(({ status }) => status !== "PENDING");
  return { ...old, settled: [...old.settled, ...more], next: page.next };
}
