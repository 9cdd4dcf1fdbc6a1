/** The push, the deposit and the provider status: one typed function per endpoint. */
import type { Transaction } from "@/lib/api";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type StkPush = Schemas["PushAnswer"];
export type ProviderStatus = Schemas["Weather"];

/** After this the push may still be under way, so a timeout means "unclear", never "failed". */
export const PUSH_TIMEOUT_MS = 30_000;

/** Asks M-Pesa to show the prompt. Repeating it with the same key never shows a second one. */
export function startDeposit(amount: number, idempotencyKey: string): Promise<StkPush> {
  return fetchWithAuth("/api/payments/stk-push/", {
    method: "POST",
    body: { amount },
    headers: { "Idempotency-Key": idempotencyKey },
    timeoutMs: PUSH_TIMEOUT_MS,
  });
}

export function getTransaction(id: number, signal?: AbortSignal): Promise<Transaction> {
  return fetchWithAuth(`/api/payments/transactions/${String(id)}/`, signal ? { signal } : {});
}

/** How long M-Pesa takes to confirm right now, measured on the recent deposits of all customers. */
export function getProviderStatus(signal?: AbortSignal): Promise<ProviderStatus> {
  return fetchWithAuth("/api/payments/weather/", signal ? { signal } : {});
}
