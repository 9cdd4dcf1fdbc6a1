/**
 * What the page passes to the deposit sheet, and the callbacks by which the sheet reports changes
 * to the page.
 */
import type { Transaction } from "@/lib/api";

export type DepositOptions = {
  userId: number;
  /** The customer's newest deposits, as far as the page has loaded them. */
  transactions: Transaction[];
  /** The deposit that the customer opened from a list. */
  chosen: Transaction | null;
  /**
   * A deposit without an outcome that the server listed when the page was loaded; used when this
   * device has stored none.
   */
  resumable: Transaction | null;
  /**
   * Called when the server has sent a newer version of a deposit; `balance` is null if it sent no
   * balance.
   */
  onChanged: (transaction: Transaction, balance: string | null) => void;
  /** Called when the customer leaves an outcome before what belongs to it, as the balance, is read. */
  onUnread: () => void;
  onSignedOut: () => void;
};
