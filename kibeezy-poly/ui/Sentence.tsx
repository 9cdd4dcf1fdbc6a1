import { keepAmounts } from "@/lib/money";

/**
 * Shows a sentence of the API; each of its amounts stays on one line, as in our own sentences. It
 * has an element of its own, so that it can stand beside others on a page that is translated.
 */
export function Sentence({ children }: { children: string }) {
  return <span>{keepAmounts(children)}</span>;
}
