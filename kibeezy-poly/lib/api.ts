/** One typed function per endpoint; nothing here decides, waits or repeats. */
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type Wallet = Schemas["Wallet"];
export type Limits = Schemas["Limits"];
export type StkPush = Schemas["PushAnswer"];
export type Transaction = Schemas["Transaction"];
export type TransactionStatus = Schemas["TransactionStatus"];
export type Weather = Schemas["Weather"];
export type TransactionPage = Schemas["PaginatedTransactionList"];

export type Credentials = { phone_number: string; password: string };

/** Beyond this the push may still be on its way, so its end means "unclear", never "failed". */
export const PUSH_TIMEOUT_MS = 30_000;

export async function login(credentials: Credentials): Promise<Me> {
  const me = await fetchWithAuth<Me>("/api/auth/login/", { method: "POST", body: credentials });
  forgetCsrfToken();
  return me;
}

export async function signup(person: Credentials & { full_name: string }): Promise<Me> {
  const me = await fetchWithAuth<Me>("/api/auth/signup/", { method: "POST", body: person });
  forgetCsrfToken();
  return me;
}

export async function logout(): Promise<void> {
  await fetchWithAuth<null>("/api/auth/logout/", { method: "POST" });
  forgetCsrfToken();
}

/** Sets the CSRF cookie, and says whether the API is there at all. */
export async function greet(): Promise<void> {
  await fetchWithAuth<{ csrf_token: string }>("/api/auth/csrf/");
}

export function getMe(signal?: AbortSignal): Promise<Me> {
  return fetchWithAuth("/api/auth/me/", signal ? { signal } : {});
}

export function getWallet(signal?: AbortSignal): Promise<Wallet> {
  return fetchWithAuth("/api/wallet/", signal ? { signal } : {});
}

export function getLimits(): Promise<Limits> {
  return fetchWithAuth("/api/payments/limits/");
}

export function listTransactions(signal?: AbortSignal): Promise<TransactionPage> {
  return fetchWithAuth("/api/payments/transactions/", signal ? { signal } : {});
}

/** Follows a page's `next`, whose host may be the API's own name for itself. */
export function listMoreTransactions(next: string): Promise<TransactionPage> {
  const { pathname, search } = new URL(next, window.location.origin);
  return fetchWithAuth(`${pathname}${search}`);
}

export function getTransaction(id: number, signal?: AbortSignal): Promise<Transaction> {
  return fetchWithAuth(`/api/payments/transactions/${String(id)}/`, signal ? { signal } : {});
}

export function getTransactionStatus(id: number, signal?: AbortSignal): Promise<TransactionStatus> {
  const path = `/api/payments/transactions/${String(id)}/status/`;
  return fetchWithAuth(path, signal ? { signal } : {});
}

/** How long M-Pesa takes to confirm right now, by everybody's recent deposits. */
export function getWeather(signal?: AbortSignal): Promise<Weather> {
  return fetchWithAuth("/api/payments/weather/", signal ? { signal } : {});
}

/** Asks M-Pesa to show the prompt. Repeating it with the same key never shows a second one. */
export function startDeposit(amount: number, idempotencyKey: string): Promise<StkPush> {
  return fetchWithAuth("/api/payments/stk-push/", {
    method: "POST",
    body: { amount },
    headers: { "Idempotency-Key": idempotencyKey },
    timeoutMs: PUSH_TIMEOUT_MS,
  });
}
