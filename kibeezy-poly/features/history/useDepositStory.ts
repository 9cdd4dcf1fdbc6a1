"use client";
/** One deposit with its story; while its end is open the server is asked, and a change loads it anew. */
import { useState } from "react";
import { getDepositStory, type TimelineEvent } from "@/features/history/api";
import { getTransactionStatus, type Transaction, type TransactionStatus } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { type PollResult, usePolling } from "@/lib/usePolling";
import { type Resource, useResource } from "@/lib/useResource";

export type DepositStory = { deposit: Transaction; events: TimelineEvent[] };

export type FollowedStory = {
  resource: Resource<DepositStory>;
  /** The last question got no answer. */
  offline: boolean;
  /** This screen has stopped asking by itself. */
  resting: boolean;
  checkNow: () => void;
};

export function useDepositStory(id: number, onSettled: () => void): FollowedStory {
  const resource = useResource(() => getDepositStory(id), String(id));
  const [offline, setOffline] = useState(false);
  const [rested, setRested] = useState<number | null>(null);
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
      // Loading it anew tells what this means, and leads to log in.
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
    onRest: () => {
      setRested(id);
    },
  });
  return { resource, offline, resting: rested === id, checkNow };
}

function hasChanged(deposit: Transaction, status: TransactionStatus): boolean {
  return (
    deposit.status !== status.status ||
    deposit.customer_message !== status.customer_message ||
    (deposit.next_poll_after === null) !== (status.next_poll_after === null)
  );
}
