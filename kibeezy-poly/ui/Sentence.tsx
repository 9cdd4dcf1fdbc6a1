import { keepAmounts } from "@/lib/money";

/** A sentence of the API, with its amounts kept on one line as ours are. */
export function Sentence({ children }: { children: string }) {
  return keepAmounts(children);
}
