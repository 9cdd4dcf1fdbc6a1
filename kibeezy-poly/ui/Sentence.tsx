import { keepAmounts } from "@/lib/money";

/** Shows a sentence of the API; each of its amounts stays on one line, as in our own sentences. */
export function Sentence({ children }: { children: string }) {
  return keepAmounts(children);
}
