/** Payments by hand: the paybill's numbers and claims, one typed function per endpoint. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

export type Paybill = components["schemas"]["Paybill"];

/** What became of a claim ("I have paid"). Written here until the API's schema has it. */
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
