/** The deposit under way, stored on this device before its request leaves, so that it survives a reload or a crash. */
import type { Attempt, Deposit } from "@/features/deposit/states";
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

const DRAFT_MS = 15 * 60_000;

/** Null when there is none, when the storage is unavailable or its content is malformed, and for reviews older than 15 minutes. */
export function readStoredDeposit(userId: number): StoredDeposit | null {
  const value = readStored(storageKey(userId));
  if (!isStoredDeposit(value)) return null;
  return value.sent || serverNow() - Date.parse(value.startedAt) < DRAFT_MS ? value : null;
}

export function writeStoredDeposit(userId: number, stored: StoredDeposit): void {
  writeStored(storageKey(userId), stored);
}

export function deleteStoredDeposit(userId: number): void {
  writeStored(storageKey(userId), null);
}

/** Deletes the stored deposit if it is still this attempt; another tab may have replaced it. */
export function deleteStoredAttempt(userId: number, key: string): void {
  if (readStoredDeposit(userId)?.key === key) deleteStoredDeposit(userId);
}

/** Calls back when another tab wrote or deleted the stored deposit. */
export function watchStoredDeposit(userId: number, onChange: () => void): () => void {
  return watchStored(storageKey(userId), onChange);
}

/** What is stored of a deposit that the server knows: the key is no longer needed. */
export function toStoredDeposit(deposit: Deposit, earlier: Deposit[]): StoredDeposit {
  const { transactionId, amount, startedAt } = deposit;
  return {
    key: "",
    amount,
    startedAt,
    newestIdBefore: null,
    sent: true,
    transactionId,
    minimised: false,
    earlier,
  };
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
