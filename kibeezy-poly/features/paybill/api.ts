/**
 * Payments by hand: the paybill's numbers and claims. Their types are written here until the API's
 * schema has them.
 */
import { fetchWithAuth } from "@/lib/fetchWithAuth";

/** What the customer enters in M-Pesa's menu; the account number is the customer's own, for ever. */
export type Paybill = { paybill: string; account_number: string; payee_name: string };

/** What became of a claim ("I have paid"). */
export type ClaimAnswer =
  | { outcome: "credited" | "already_credited"; transaction_id: number }
  | { outcome: "checking"; customer_message: string };

/** Fetches the numbers; the API answers 404 where it takes no payments by hand. */
export function getPaybill(signal?: AbortSignal): Promise<Paybill> {
  return fetchWithAuth("/api/payments/paybill/", signal ? { signal } : {});
}

/** Asks for the payment with this receipt number. Only the number is sent, never the SMS. */
export function sendClaim(code: string): Promise<ClaimAnswer> {
  return fetchWithAuth("/api/payments/claims/", { method: "POST", body: { text: code } });
}
