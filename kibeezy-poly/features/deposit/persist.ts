/** The deposit under way, stored on this device before its request leaves, so that it survives a reload or a crash. */
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
  /** False during the review: the key exists, no request has left. */
  sent: boolean;
  /** Null until the server has answered. */
  transactionId: number | null;
  /** The customer has closed the sheet: show the pill instead. */
  minimised: boolean;
  /** Deposits that were open or failed when the customer started this one. */
  earlier: Deposit[];
};

function storageKey(userId: number): string {
  return `kibeezy.deposit.${String(userId)}`;
}

const REVIEW_LIFE_MS = 15 * 60_000;

/** Null when there is none, when the storage is unavailable or its content is malformed, and for reviews older than 15 minutes. */
export function readStoredDeposit(userId: number): StoredDeposit | null {
  const value = readStored(storageKey(userId));
  if (!isStoredDeposit(value)) return null;
  return value.sent || serverNow() - Date.parse(value.startedAt) < REVIEW_LIFE_MS ? value : null;
}

/** Null deletes. */
export function writeStoredDeposit(userId: number, stored: StoredDeposit | null): void {
  writeStored(storageKey(userId), stored);
}

/** Calls back when another tab wrote or deleted the stored deposit. */
export function watchStoredDeposit(userId: number, onChange: () => void): () => void {
  return watchStored(storageKey(userId), onChange);
}

type Change = {
  event: DepositEvent;
  before: DepositState;
  after: DepositState;
  /** Deposits that the customer has put aside for another one. */
  earlier: Deposit[];
};

/**
 * What is stored after an event, given what was stored before it; pure. Returns `stored` itself when nothing changes.
 * Only a review and a request replace another deposit, which another tab may have sent; every other event changes
 * the deposit on the screen only.
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

/** Another tab may tell the outcome of the stored deposit while this one shows another. */
function readStatus(stored: StoredDeposit | null, { id, status }: StatusAnswer) {
  return status !== "PENDING" && stored?.transactionId === id ? null : stored;
}

function isSent(stored: StoredDeposit | null): boolean {
  return stored?.sent === true;
}

/** What becomes of a stored deposit that is the one on the screen. */
function follow(stored: StoredDeposit, { event, before, after }: Change): StoredDeposit | null {
  if (after.kind === "sendUnclear") return { ...stored, ...after.attempt };
  if ("deposit" in after)
    return "deposit" in before ? stored : { ...stored, ...idOf(after.deposit) };
  // It stays until another review replaces it, or the sheet is closed.
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

/** The server knows the deposit, so its key is no longer needed. */
function toStored(deposit: Deposit): StoredDeposit {
  const rest = { key: "", newestIdBefore: null, sent: true, minimised: true, earlier: [] };
  return { ...rest, ...idOf(deposit) };
}

/** 128 random bits in hex. Not `crypto.randomUUID`, which plain-http pages lack. */
export function createIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
