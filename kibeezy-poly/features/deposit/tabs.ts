/**
 * The tab lease: of several tabs that show the same deposit, only the tab that holds the lease
 * polls, and it shares each answer with the others through localStorage. The lease expires, so that
 * another tab takes over within seconds after this one was closed or put to sleep. Web Locks and
 * BroadcastChannel would do this too, but pages over plain http and older phones lack them.
 */
import type { TransactionStatus } from "@/lib/api";
import { readStored, watchStored, writeStored } from "@/lib/storage";

type Lease = { tab: string; transactionId: number; until: number };

/**
 * The lease's time while a request runs. It exceeds the request's timeout, so that a second tab
 * does not repeat a slow request.
 */
const REQUEST_MS = 16_000;
const GRACE_MS = 3000;

const TAB = Math.random().toString(36).slice(2);

const leaseKey = (userId: number) => `kibeezy.turn.${String(userId)}`;
/**
 * Tabs that still run an earlier release share answers under this key too, so it keeps its name.
 */
const statusKey = (userId: number) => `kibeezy.news.${String(userId)}`;

/**
 * Takes the lease for this tab and returns 0; if another tab holds it, returns the milliseconds
 * until it expires.
 */
export function acquireLease(userId: number, transactionId: number, now: number): number {
  const lease = readLease(userId);
  if (lease?.transactionId === transactionId && lease.tab !== TAB && lease.until > now)
    return lease.until - now;
  extendLease(userId, transactionId, now + REQUEST_MS - GRACE_MS);
  return 0;
}

/** Keeps the lease until shortly after this tab's next request, at `nextAt`. */
export function extendLease(userId: number, transactionId: number, nextAt: number): void {
  writeStored(leaseKey(userId), { tab: TAB, transactionId, until: nextAt + GRACE_MS });
}

export function releaseLease(userId: number): void {
  if (readLease(userId)?.tab === TAB) writeStored(leaseKey(userId), null);
}

/** Shares the answer to a status request with the other tabs. */
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
