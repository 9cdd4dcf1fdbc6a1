/** The deposit under way, kept on this device before the request leaves, so that it survives a reload or a crash. */
import type { Attempt, Deposit } from "@/features/deposit/deposit";
import { readStored, watchStored, writeStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

export type DepositRecord = Attempt & {
  /** False while the customer reviews it: its key is made, nothing has left. */
  sent: boolean;
  /** Null until the server has answered. */
  transactionId: number | null;
  /** The customer put the sheet aside; show the pill, not the sheet. */
  minimised: boolean;
  /** Deposits that were left open, or failed, when the customer began another. */
  earlier: Deposit[];
};

function storageKey(userId: number): string {
  return `kibeezy.deposit.${String(userId)}`;
}

const DRAFT_MS = 15 * 60_000;

/** Null when there is none, or the storage is closed or holds something else; old drafts are forgotten. */
export function readRecord(userId: number): DepositRecord | null {
  const value = readStored(storageKey(userId));
  if (!isRecord(value)) return null;
  return value.sent || serverNow() - Date.parse(value.startedAt) < DRAFT_MS ? value : null;
}

export function writeRecord(userId: number, record: DepositRecord): void {
  writeStored(storageKey(userId), record);
}

export function deleteRecord(userId: number): void {
  writeStored(storageKey(userId), null);
}

/** Deletes the record if it still is this attempt's, and not one of another tab. */
export function deleteAttempt(userId: number, key: string): void {
  if (readRecord(userId)?.key === key) deleteRecord(userId);
}

/** Calls back when another tab wrote or deleted the record. */
export function watchRecord(userId: number, onChange: () => void): () => void {
  return watchStored(storageKey(userId), onChange);
}

/** The record of a deposit that the server knows: its key has done its work. */
export function toRecord(deposit: Deposit, earlier: Deposit[]): DepositRecord {
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

/** Random enough never to meet another; `crypto.randomUUID` is missing on plain-http addresses. */
export function createIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isRecord(value: unknown): value is DepositRecord {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<Record<keyof DepositRecord, unknown>>;
  return (
    typeof record.key === "string" &&
    typeof record.amount === "number" &&
    typeof record.startedAt === "string" &&
    typeof record.sent === "boolean" &&
    Array.isArray(record.earlier) &&
    (record.transactionId === null || typeof record.transactionId === "number") &&
    (record.newestIdBefore === null || typeof record.newestIdBefore === "number")
  );
}
