/** Receipts and requests for help as plain text, so that they can be copied, shared and printed. */
import { looseAmounts } from "@/lib/money";

/** A label and its value; null while it has not come yet. */
export type Line = readonly [label: string, value: string | null];

/** Headed by our name, and by the environment's unless it is production: a test receipt must never pass for a real one. */
export function toPlainText(lines: readonly Line[], environment: string | null): string {
  const heading = environment === null ? "Kibeezy" : `Kibeezy (${environment.toUpperCase()})`;
  const body = lines.map(([label, value]) => `${label}: ${value ?? ""}`);
  return looseAmounts([heading, ...body].join("\n"));
}
