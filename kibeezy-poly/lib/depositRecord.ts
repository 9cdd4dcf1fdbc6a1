/** The deposit under way, kept on this device before the request leaves, so that it survives a reload or a crash. */
import type { Attempt } from "@/lib/deposit";

export type DepositRecord = Attempt & {
  /** Null until the server has answered. */
  transactionId: number | null;
  /** The customer put the sheet aside; show the pill, not the sheet. */
  minimised: boolean;
};

function storageKey(userId: number): string {
  return `kibeezy.deposit.${String(userId)}`;
}

/** Null when there is none, or the storage is closed or holds something else. */
export function readRecord(userId: number): DepositRecord | null {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(storageKey(userId)) ?? "null");
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeRecord(userId: number, record: DepositRecord): void {
  try {
    window.localStorage.setItem(storageKey(userId), JSON.stringify(record));
  } catch {
    // Private windows may refuse; the deposit then still works, it only cannot be resumed from here.
  }
}

export function deleteRecord(userId: number): void {
  try {
    window.localStorage.removeItem(storageKey(userId));
  } catch {
    // As above.
  }
}

/** Calls back when another tab wrote or deleted the record. */
export function watchRecord(userId: number, onChange: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === storageKey(userId)) onChange();
  };
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener("storage", listener);
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
    (record.transactionId === null || typeof record.transactionId === "number") &&
    (record.newestIdBefore === null || typeof record.newestIdBefore === "number")
  );
}
