/** Push, deposit and provider status: one typed function per endpoint. */
import type { TransactionStatus } from "@/lib/api";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type StkPush = Schemas["PushAnswer"];
export type ProviderStatus = Schemas["Weather"];

/**
 * How long the page waits for the push's answer. The push may still be under way after that, so a
 * timeout means "unclear", never "failed".
 */
export const PUSH_TIMEOUT_MS = 30_000;

/**
 * Asks the API to send a push, which shows the prompt. Repeating it with the same idempotency key
 * never sends a second push.
 */
export function startDeposit(amount: number, idempotencyKey: string): Promise<StkPush> {
  return fetchWithAuth("/api/payments/stk-push/", {
    method: "POST",
    body: { amount },
    headers: { "Idempotency-Key": idempotencyKey },
    timeoutMs: PUSH_TIMEOUT_MS,
  });
}

/**
 * Tells the API that the customer has entered the PIN: it asks M-Pesa about the deposit now. Answers
 * with the status; repeating it is harmless.
 */
export function sendPinEntered(id: number): Promise<TransactionStatus> {
  return fetchWithAuth(`/api/payments/transactions/${String(id)}/pin-entered/`, { method: "POST" });
}

/** Fetches how fast M-Pesa confirms right now, measured on recent deposits of all customers. */
export function getProviderStatus(signal?: AbortSignal): Promise<ProviderStatus> {
  return fetchWithAuth("/api/payments/weather/", signal ? { signal } : {});
}
