/** Whether this device has shown the paybill's numbers lately: the customer may have paid there. */
import type { Transaction } from "@/lib/api";
import { readStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

/** A payment by hand is in the wallet long before that. */
const ASK_FOR_MS = 60 * 60_000;

/** Where the moment at which they were shown is stored. */
export function shownKey(userId: number): string {
  return `kibeezy.paybill.${String(userId)}`;
}

/** When the numbers were last shown, as milliseconds; 0 if never. */
export function readPaybillShown(userId: number): number {
  const stored = readStored(shownKey(userId)) as { at?: unknown } | null;
  return typeof stored?.at === "number" ? stored.at : 0;
}

/**
 * True if the numbers were shown within the hour and no payment by hand has arrived since: then a
 * new prompt could be a second payment, and the customer is asked first.
 */
export function wasPaybillShown(userId: number, transactions: Transaction[]): boolean {
  const at = readPaybillShown(userId);
  const hasArrived = ({ status, checkout_request_id, created_at }: Transaction) =>
    status === "COMPLETED" && checkout_request_id === null && Date.parse(created_at) > at;
  return serverNow() - at < ASK_FOR_MS && !transactions.some(hasArrived);
}
