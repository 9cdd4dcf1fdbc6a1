/** What the page passes to a deposit, and the callbacks by which it hears of changes. */
import type { Transaction } from "@/lib/api";

export type DepositOptions = {
  userId: number;
  /** The newest deposits that the page knows of. */
  transactions: Transaction[];
  /** The deposit that the customer opened from a list. */
  chosen: Transaction | null;
  /** A deposit that was open when the page was loaded, for a device that has none stored. */
  resumable: Transaction | null;
  /** The server has sent a newer version of a deposit, and perhaps a new balance. */
  onChanged: (transaction: Transaction, balance: string | null) => void;
  onSignedOut: () => void;
};
