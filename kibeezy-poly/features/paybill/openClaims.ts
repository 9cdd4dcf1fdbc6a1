/**
 * The claims ("I have paid") that the API still looks into, stored on this device, so that they
 * survive closing the sheet and the page. Only their codes are stored.
 */
import { claimsKey } from "@/features/paybill/storedClaims";
import type { Transaction } from "@/lib/api";
import { readStored, writeStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

export type OpenClaim = { code: string; at: number };

/** The API looks for a payment for 72 hours; after that our team has the claim. */
const LIFE_MS = 72 * 3_600_000;
/** The API takes five claims a day. */
const MOST = 5;

/** The claims that have not ended, newest first: none whose payment is among these deposits. */
export function listOpenClaims(userId: number, transactions: Transaction[] = []): OpenClaim[] {
  const stored = readStored(claimsKey(userId));
  const since = serverNow() - LIFE_MS;
  return (Array.isArray(stored) ? stored.filter(isClaim) : []).filter(
    ({ code, at }) => at > since && !transactions.some((txn) => txn.mpesa_receipt_number === code),
  );
}

export function addOpenClaim(userId: number, code: string): void {
  const others = listOpenClaims(userId).filter((claim) => claim.code !== code);
  writeStored(claimsKey(userId), [{ code, at: serverNow() }, ...others].slice(0, MOST));
}

/** To be called once the payment is in the wallet. */
export function endOpenClaim(userId: number, code: string): void {
  const others = listOpenClaims(userId).filter((claim) => claim.code !== code);
  writeStored(claimsKey(userId), others.length === 0 ? null : others);
}

function isClaim(value: unknown): value is OpenClaim {
  const { code, at } = (value ?? {}) as Partial<Record<keyof OpenClaim, unknown>>;
  return typeof code === "string" && typeof at === "number";
}
