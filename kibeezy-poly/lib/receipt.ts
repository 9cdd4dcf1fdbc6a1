/** Receipts and help requests as plain text, for copying and sharing. */
import { looseText } from "@/lib/money";

/** A label and its value; the value is null while it loads. */
export type Line = readonly [label: string, value: string | null];

/**
 * Writes the lines as text, below our name and, outside production, the environment: a test receipt
 * must never be mistaken for a real one.
 */
export function toPlainText(lines: readonly Line[], environment: string | null): string {
  const heading = environment === null ? "Kibeezy" : `Kibeezy (${environment.toUpperCase()})`;
  const body = lines.map(([label, value]) => `${label}: ${value ?? ""}`);
  return looseText([heading, ...body].join("\n"));
}
