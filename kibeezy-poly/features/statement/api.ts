/** Endpoints of the statement: the wallet's postings, and the statement as a file. */
import { fetchFile } from "@/features/statement/fetchFile";
import type { NamedFile } from "@/features/statement/file";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Entry = Schemas["Entry"];
export type EntryPage = Schemas["PaginatedEntryList"];

export type StatementFormat = "csv" | "pdf";

const MEDIA_TYPES: Record<StatementFormat, string> = { csv: "text/csv", pdf: "application/pdf" };

/** The API makes the file while the request waits, so this request may take longer than others. */
const FILE_TIMEOUT_MS = 60_000;

export function listEntries(): Promise<EntryPage> {
  return fetchWithAuth("/api/wallet/entries/");
}

/** Fetches the statement of a span of days in Nairobi; the first and the last day are included. */
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
