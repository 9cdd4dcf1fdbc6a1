"use client";
/**
 * Follows deposits that had no outcome or had failed when the deposit on the screen was started: an
 * earlier one may be paid late, and then both are shown.
 */
import type { Deposit } from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { getTransaction, getTransactionStatus, getWallet, type Transaction } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { readPollError, usePolling } from "@/lib/usePolling";

export type Earlier = Deposit & { status: Transaction["status"] };

/** At least this long between two polls; the deposit on the screen may be polled more often. */
const MIN_WAIT_S = 10;

/** The earlier deposits with their status; `open`, the first one still pending, is polled. */
export function useEarlier(deposits: Deposit[], { transactions, onChanged }: DepositOptions) {
  const earlier = deposits.map((deposit) => ({
    ...deposit,
    status: transactions.find(({ id }) => id === deposit.transactionId)?.status ?? "PENDING",
  }));
  const open = earlier.find(({ status }) => status === "PENDING") ?? null;

  usePolling({
    subject: open?.transactionId ?? null,
    startedMs: open === null ? 0 : Date.parse(open.startedAt),
    ask: async (signal) => {
      if (open === null) return null;
      try {
        const { status, next_poll_after } = await getTransactionStatus(open.transactionId, signal);
        if (status === "PENDING")
          return next_poll_after === null ? null : Math.max(next_poll_after, MIN_WAIT_S);
        const [transaction, wallet] = await Promise.all([
          getTransaction(open.transactionId, signal),
          getWallet(signal),
        ]);
        onChanged(transaction, wallet.balance);
        return null;
      } catch (thrown) {
        const result = readPollError(toApiError(thrown));
        return result === "gone" || result === "signedOut" ? null : result;
      }
    },
  });

  return { earlier, open };
}
