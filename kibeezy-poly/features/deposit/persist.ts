/**
 * Stores the deposit under way on this device before its request is sent, so that it survives a
 * reload or a crash.
 */
import type {
  Attempt,
  Deposit,
  DepositEvent,
  DepositState,
  StatusAnswer,
} from "@/features/deposit/states";
import { readStored, watchStored, writeStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

export type StoredDeposit = Attempt & {
  /** False during the review: the idempotency key exists, but no request has been sent. */
  sent: boolean;
  /** The server's id of the deposit; null until the server has answered. */
  transactionId: number | null;
  /**
   * True once the customer has closed the sheet: the next load of the page shows the pill instead.
   */
  minimised: boolean;
  /** Deposits that were open or failed when the customer started this one. */
  earlier: Deposit[];
};

function storageKey(userId: number): string {
  return `kibeezy.deposit.${String(userId)}`;
}

const REVIEW_LIFE_MS = 15 * 60_000;

/**
 * Reads the stored deposit. Null if there is none, if the storage is unavailable or its content
 * malformed, and if it is a review older than 15 minutes.
 */
export function readStoredDeposit(userId: number): StoredDeposit | null {
  const value = readStored(storageKey(userId));
  if (!isStoredDeposit(value)) return null;
  return value.sent || serverNow() - Date.parse(value.startedAt) < REVIEW_LIFE_MS ? value : null;
}

/** Stores the deposit; null deletes the stored one. */
export function writeStoredDeposit(userId: number, stored: StoredDeposit | null): void {
  writeStored(storageKey(userId), stored);
}

/** Calls back when another tab has written or deleted the stored deposit. */
export function watchStoredDeposit(userId: number, onChange: () => void): () => void {
  return watchStored(storageKey(userId), onChange);
}

type Change = {
  event: DepositEvent;
  before: DepositState;
  after: DepositState;
  /** Deposits that the customer has set aside to start another one. */
  earlier: Deposit[];
};

/**
 * Computes what to store after an event, from what was stored before it; pure. Returns `stored`
 * itself when nothing changes. The stored deposit may be one that another tab has sent, so only a
 * review, a request or a reopened earlier deposit replaces it. Its outcome deletes it; closing the
 * sheet deletes it if it was never sent; other events change it only if it is on this screen.
 */
export function updateStored(stored: StoredDeposit | null, change: Change): StoredDeposit | null {
  const { event, before, after, earlier } = change;
  if (event.type === "statusRead") return readStatus(stored, event.status);
  if (event.type === "closed" && !isSent(stored)) return null;
  if (after === before) return stored;
  if (event.type === "reopened") return isSent(stored) ? stored : toStored(event.deposit);
  if (after.kind === "confirming" || after.kind === "sending") {
    const sent = after.kind === "sending";
    return { ...after.attempt, sent, transactionId: null, minimised: false, earlier };
  }
  return stored !== null && isOwn(stored, before) ? follow(stored, change) : stored;
}

/**
 * A status with an outcome deletes the stored deposit it belongs to, even when this tab shows
 * another deposit: another tab may have shared the status.
 */
function readStatus(stored: StoredDeposit | null, { id, status }: StatusAnswer) {
  return status !== "PENDING" && stored?.transactionId === id ? null : stored;
}

function isSent(stored: StoredDeposit | null): boolean {
  return stored?.sent === true;
}

/**
 * What to store after an event when the stored deposit is the one on the screen; null deletes it.
 */
function follow(stored: StoredDeposit, { event, before, after }: Change): StoredDeposit | null {
  if (after.kind === "sendUnclear") return { ...stored, ...after.attempt };
  if ("deposit" in after)
    return "deposit" in before ? stored : { ...stored, ...idOf(after.deposit) };
  // A deposit set aside stays stored until another review replaces it or the sheet is closed.
  const isPutAside = event.type === "reset" && "deposit" in before;
  return isPutAside || !stored.sent ? stored : null;
}

function isOwn(stored: StoredDeposit, state: DepositState): boolean {
  if ("deposit" in state) return stored.transactionId === state.deposit.transactionId;
  return "attempt" in state && stored.key === state.attempt.key;
}

function idOf({ transactionId, amount, startedAt }: Deposit) {
  return { transactionId, amount, startedAt };
}

/**
 * The stored form of a deposit that the server knows: it needs no idempotency key, since it is
 * never sent again.
 */
function toStored(deposit: Deposit): StoredDeposit {
  const rest = { key: "", newestIdBefore: null, sent: true, minimised: true, earlier: [] };
  return { ...rest, ...idOf(deposit) };
}

function isStoredDeposit(value: unknown): value is StoredDeposit {
  if (typeof value !== "object" || value === null) return false;
  const stored = value as Partial<Record<keyof StoredDeposit, unknown>>;
  return (
    typeof stored.key === "string" &&
    typeof stored.amount === "number" &&
    typeof stored.startedAt === "string" &&
    typeof stored.sent === "boolean" &&
    Array.isArray(stored.earlier) &&
    (stored.transactionId === null || typeof stored.transactionId === "number") &&
    (stored.newestIdBefore === null || typeof stored.newestIdBefore === "number")
  );
}
