/** Payments by hand: the paybill's numbers and claims, one typed function per endpoint. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

export type Paybill = components["schemas"]["Paybill"];

export type Claim = components["schemas"]["Claim"];
/** What became of a claim ("I have paid") at once. */
export type ClaimAnswer =
  components["schemas"]["ClaimCredited"] | components["schemas"]["ClaimChecking"];

/** Fetches the numbers; the API answers 404 where it takes no payments by hand. */
export function getPaybill(signal?: AbortSignal): Promise<Paybill> {
  return fetchWithAuth("/api/payments/paybill/", signal ? { signal } : {});
}

/** Asks for the payment with this receipt number. Only the number is sent, never the SMS. */
export function sendClaim(code: string): Promise<ClaimAnswer> {
  return fetchWithAuth("/api/payments/claims/", { method: "POST", body: { text: code } });
}

/** Fetches the customer's claims, newest first. */
export function listClaims(signal?: AbortSignal): Promise<{ results: Claim[] }> {
  return fetchWithAuth("/api/payments/claims/", signal ? { signal } : {});
}
