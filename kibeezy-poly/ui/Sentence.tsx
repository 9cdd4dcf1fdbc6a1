import { keepAmounts } from "@/lib/money";
import { keepName } from "@/lib/text";

/**
 * Shows a sentence of the API; each of its amounts, and M-PESA's name, stays on one line, as in our
 * own sentences. It has an element of its own, so that it can stand beside others on a page that is
 * translated.
 */
export function Sentence({ children }: { children: string }) {
  return <span>{keepName(keepAmounts(children))}</span>;
}
