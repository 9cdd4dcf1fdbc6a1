/**
 * Endpoints that three or more features use: one typed function each. Nothing here decides, waits
 * or retries.
 */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type Wallet = Schemas["Wallet"];
export type Transaction = Schemas["Transaction"];
export type TransactionStatus = Schemas["TransactionStatus"];
export type TransactionPage = Schemas["PaginatedTransactionList"];

export function getMe(signal?: AbortSignal): Promise<Me> {
  return fetchWithAuth("/api/auth/me/", signal ? { signal } : {});
}

export function getWallet(signal?: AbortSignal): Promise<Wallet> {
  return fetchWithAuth("/api/wallet/", signal ? { signal } : {});
}

export function listTransactions(signal?: AbortSignal): Promise<TransactionPage> {
  return fetchWithAuth("/api/payments/transactions/", signal ? { signal } : {});
}

/**
 * Fetches the page of a list that `next` names. Only the path of `next` is used: its host may be a
 * name that only the API uses.
 */
export function followPage<Page>(next: string): Promise<Page> {
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
