/**
 * Several tabs may show one deposit: the tab that holds the lease polls, and shares each answer through the storage.
 * A lease expires, so after a tab was closed or put to sleep the next one waits for seconds only.
 * Web Locks and BroadcastChannel are missing on plain-http pages and older phones, so the storage does both.
 */
import type { TransactionStatus } from "@/lib/api";
import { readStored, watchStored, writeStored } from "@/lib/storage";

type Lease = { tab: string; transactionId: number; until: number };

/** Longer than a status request may take, so that a second tab does not repeat one that is only slow. */
const REQUEST_MS = 16_000;
const GRACE_MS = 3000;

const TAB = Math.random().toString(36).slice(2);

const leaseKey = (userId: number) => `kibeezy.turn.${String(userId)}`;
/** Tabs of an earlier release share under this name too, so it stays. */
const statusKey = (userId: number) => `kibeezy.news.${String(userId)}`;

/** Milliseconds until another tab's lease expires; 0 means that this tab holds it now. */
export function acquireLease(userId: number, transactionId: number, now: number): number {
  const lease = readLease(userId);
  if (lease?.transactionId === transactionId && lease.tab !== TAB && lease.until > now)
    return lease.until - now;
  extendLease(userId, transactionId, now + REQUEST_MS - GRACE_MS);
  return 0;
}

/** Holds the lease until a little after the next request is due. */
export function extendLease(userId: number, transactionId: number, nextAt: number): void {
  writeStored(leaseKey(userId), { tab: TAB, transactionId, until: nextAt + GRACE_MS });
}

export function releaseLease(userId: number): void {
  if (readLease(userId)?.tab === TAB) writeStored(leaseKey(userId), null);
}

/** Shares a status answer with the other tabs. */
export function shareStatus(userId: number, status: TransactionStatus): void {
  writeStored(statusKey(userId), { status, at: Date.now() });
}

/** Calls back with each status answer that another tab shares. */
export function watchSharedStatus(
  userId: number,
  onStatus: (status: TransactionStatus) => void,
): () => void {
  return watchStored(statusKey(userId), () => {
    const shared = readStored(statusKey(userId)) as { status?: TransactionStatus } | null;
    if (shared?.status !== undefined) onStatus(shared.status);
  });
}

function readLease(userId: number): Lease | null {
  const value = readStored(leaseKey(userId)) as Partial<Lease> | null;
  return typeof value?.tab === "string" && typeof value.until === "number"
    ? (value as Lease)
    : null;
}
