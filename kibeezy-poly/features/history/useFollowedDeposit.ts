"use client";
/** One deposit with its timeline; while its outcome is open its status is polled, and a change reloads both. */
import { useState } from "react";
import { getDepositWithTimeline, type TimelineEvent } from "@/features/history/api";
import { getTransactionStatus, type Transaction, type TransactionStatus } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { type PollResult, usePolling } from "@/lib/usePolling";
import { type Resource, useResource } from "@/lib/useResource";

export type DepositWithTimeline = { deposit: Transaction; events: TimelineEvent[] };

export type FollowedDeposit = {
  resource: Resource<DepositWithTimeline>;
  /** The last request got no answer. */
  offline: boolean;
  /** This page no longer polls automatically. */
  stoppedPolling: boolean;
  checkNow: () => void;
};

export function useFollowedDeposit(id: number, onSettled: () => void): FollowedDeposit {
  const resource = useResource(() => getDepositWithTimeline(id), String(id));
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
      if (error.code === "aborted") return null;
      // The reload shows what is wrong, or leads to log in.
      if (error.status === 401 || error.status === 404) {
        resource.refresh();
        return null;
      }
      setOffline(error.status === 0);
      return error.retryAfter ?? "failed";
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
