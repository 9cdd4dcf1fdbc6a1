/** Receipts and help requests as plain text, to be copied and shared. */
import { looseAmounts } from "@/lib/money";

/** A label and its value; null while it loads. */
export type Line = readonly [label: string, value: string | null];

/** Starts with our name and, outside production, the environment: a test receipt must never pass for a real one. */
export function toPlainText(lines: readonly Line[], environment: string | null): string {
  const heading = environment === null ? "Kibeezy" : `Kibeezy (${environment.toUpperCase()})`;
  const body = lines.map(([label, value]) => `${label}: ${value ?? ""}`);
  return looseAmounts([heading, ...body].join("\n"));
}
