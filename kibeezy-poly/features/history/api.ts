/** Endpoints of the history: filtered deposits, and one deposit with its timeline. */
import type { Transaction, TransactionPage } from "@/lib/api";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Timeline = Schemas["Timeline"];
export type TimelineEvent = Schemas["TimelineEvent"];
export type TimelineKind = TimelineEvent["kind"];

export function findDeposits(query: Record<string, string>): Promise<TransactionPage> {
  return fetchWithAuth(`/api/payments/transactions/?${new URLSearchParams(query).toString()}`);
}

/** The deposit and its timeline, oldest event first. */
export async function getDepositWithTimeline(
  id: number,
): Promise<{ deposit: Transaction; events: TimelineEvent[] }> {
  const path = `/api/payments/transactions/${String(id)}/`;
  const [deposit, { events }] = await Promise.all([
    fetchWithAuth<Transaction>(path),
    fetchWithAuth<Timeline>(`${path}timeline/`),
  ]);
  return { deposit, events };
}
