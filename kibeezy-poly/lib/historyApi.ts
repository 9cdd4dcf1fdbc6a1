/** What happened so far: filtered deposits, the story of one, the lines behind the balance, statements as files. */
import type { Transaction, TransactionPage } from "@/lib/api";
import { fetchFile } from "@/lib/fetchFile";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { NamedFile } from "@/lib/file";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Entry = Schemas["Entry"];
export type EntryPage = Schemas["PaginatedEntryList"];

export type Timeline = Schemas["Timeline"];
export type TimelineEvent = Schemas["TimelineEvent"];
export type TimelineKind = TimelineEvent["kind"];

export type StatementFormat = "csv" | "pdf";

const MEDIA_TYPES: Record<StatementFormat, string> = { csv: "text/csv", pdf: "application/pdf" };

/** Files are made while the phone waits, so they may take longer than an answer. */
const FILE_TIMEOUT_MS = 60_000;

export function findDeposits(query: Record<string, string>): Promise<TransactionPage> {
  return fetchWithAuth(`/api/payments/transactions/?${new URLSearchParams(query).toString()}`);
}

/** The deposit and its story, oldest event first. */
export async function getDepositStory(
  id: number,
): Promise<{ deposit: Transaction; events: TimelineEvent[] }> {
  const path = `/api/payments/transactions/${String(id)}/`;
  const [deposit, { events }] = await Promise.all([
    fetchWithAuth<Transaction>(path),
    fetchWithAuth<Timeline>(`${path}timeline/`),
  ]);
  return { deposit, events };
}

export function listEntries(): Promise<EntryPage> {
  return fetchWithAuth("/api/wallet/entries/");
}

/** Follows a page's `next`, whose host may be the API's own name for itself. */
export function followPage<Page>(next: string): Promise<Page> {
  const { pathname, search } = new URL(next, window.location.origin);
  return fetchWithAuth(`${pathname}${search}`);
}

/** Both days are included, and counted in Nairobi. */
export function getStatement(
  format: StatementFormat,
  from: string,
  to: string,
): Promise<NamedFile> {
  const query = new URLSearchParams({ from, to }).toString();
  return fetchFile(`/api/wallet/statement.${format}?${query}`, {
    mediaType: MEDIA_TYPES[format],
    fallbackName: `kibeezy-statement-${from}-${to}.${format}`,
    timeoutMs: FILE_TIMEOUT_MS,
  });
}
