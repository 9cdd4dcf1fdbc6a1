"use client";
/**
 * Loads one deposit with its timeline. Polls its status until there is an outcome; when the status
 * changes, loads both again.
 */
import { useState } from "react";
import { getDepositWithTimeline, type TimelineEvent } from "@/features/history/api";
import { getTransactionStatus, type Transaction, type TransactionStatus } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { type PollResult, readPollError, usePolling } from "@/lib/usePolling";
import { type Resource, useResource } from "@/lib/useResource";

export type DepositWithTimeline = { deposit: Transaction; events: TimelineEvent[] };

export type FollowedDeposit = {
  resource: Resource<DepositWithTimeline>;
  /** True if the last status request failed. */
  offline: boolean;
  /** True once this page has stopped polling automatically. */
  stoppedPolling: boolean;
  checkNow: () => void;
};

/** `first` is what the page's server has read already. */
export function useFollowedDeposit(
  id: number,
  onSettled: () => void,
  first: DepositWithTimeline | null = null,
): FollowedDeposit {
  const resource = useResource(
    () => getDepositWithTimeline(id),
    String(id),
    first === null ? null : () => first,
  );
  const [offline, setOffline] = useState(false);
  const [stoppedId, setStoppedId] = useState<number | null>(null);
  const deposit = resource.data?.deposit ?? null;
  const isOpen = deposit?.status === "PENDING";

  async function ask(signal: AbortSignal): Promise<PollResult> {
    try {
      const status = await getTransactionStatus(id, signal);
      setOffline(false);
      if (deposit !== null && hasChanged(deposit, status)) resource.refresh();
      if (status.status === "PENDING") return status.next_poll_after;
      onSettled();
      return null;
    } catch (thrown) {
      const error = toApiError(thrown);
      const result = readPollError(error);
      // Loading the deposit again shows that it is gone, or leads to the log-in page.
      if (result === "gone" || result === "signedOut") {
        resource.refresh();
        return null;
      }
      if (result !== null) setOffline(error.status === 0);
      return result;
    }
  }

  const checkNow = usePolling({
    subject: isOpen ? id : null,
    startedMs: deposit === null ? 0 : Date.parse(deposit.created_at),
    ask,
    onStop: () => {
      setStoppedId(id);
    },
  });
  return { resource, offline, stoppedPolling: stoppedId === id, checkNow };
}

function hasChanged(deposit: Transaction, status: TransactionStatus): boolean {
  return (
    deposit.status !== status.status ||
    deposit.customer_message !== status.customer_message ||
    (deposit.next_poll_after === null) !== (status.next_poll_after === null)
  );
}
