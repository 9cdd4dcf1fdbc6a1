/** Remembers on this device that the paybill's numbers were shown: the customer may have paid there. */
import type { Transaction } from "@/lib/api";
import { readStored, writeStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

/** A payment by hand is in the wallet long before that. */
const ASK_FOR_MS = 60 * 60_000;

function storageKey(userId: number): string {
  return `kibeezy.paybill.${String(userId)}`;
}

export function notePaybillShown(userId: number): void {
  writeStored(storageKey(userId), { at: serverNow() });
}

/** To be called once the customer has said that nothing was paid, or the payment was found. */
export function forgetPaybillShown(userId: number): void {
  writeStored(storageKey(userId), null);
}

/** When the numbers were last shown, as milliseconds; null if never. */
export function readPaybillShown(userId: number): number | null {
  const { at } = (readStored(storageKey(userId)) ?? {}) as { at?: unknown };
  return typeof at === "number" ? at : null;
}

/**
 * True if the numbers were shown within the hour and no payment by hand has arrived since: then a
 * new prompt could be a second payment, and the customer is asked first.
 */
export function wasPaybillShown(userId: number, transactions: Transaction[]): boolean {
  const at = readPaybillShown(userId);
  if (at === null || serverNow() - at > ASK_FOR_MS) return false;
  return !transactions.some(
    ({ status, checkout_request_id, created_at }) =>
      status === "COMPLETED" && checkout_request_id === null && Date.parse(created_at) > at,
  );
}
