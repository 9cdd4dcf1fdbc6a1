/** What the page tells the deposit of itself, and hears from it; the hooks of a deposit share it. */
import type { Transaction } from "@/lib/api";

export type DepositOptions = {
  userId: number;
  /** The newest deposits that the page knows of. */
  transactions: Transaction[];
  /** A deposit that the customer chose to look at. */
  chosen: Transaction | null;
  /** One that was open when the page was loaded, for a device that remembers none. */
  resumable: Transaction | null;
  /** The server said something new of a deposit, and perhaps of the balance. */
  onChanged: (transaction: Transaction, balance: string | null) => void;
  onSignedOut: () => void;
};
