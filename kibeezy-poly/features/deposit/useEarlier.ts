"use client";
/** Deposits that were open or failed when the one on the screen was started: if they are paid late, both are shown. */
import { getTransaction } from "@/features/deposit/api";
import type { Deposit } from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { getTransactionStatus, getWallet, type Transaction } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { usePolling } from "@/lib/usePolling";

export type Earlier = Deposit & { status: Transaction["status"] };

/** Polled less often than the deposit on the screen. */
const LEAST_WAIT_S = 10;

/** Each with its status; `open` is the one that is polled. */
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
          return next_poll_after === null ? null : Math.max(next_poll_after, LEAST_WAIT_S);
        const [transaction, wallet] = await Promise.all([
          getTransaction(open.transactionId, signal),
          getWallet(signal),
        ]);
        onChanged(transaction, wallet.balance);
        return null;
      } catch (thrown) {
        const error = toApiError(thrown);
        const isOver = error.code === "aborted" || error.status === 401 || error.status === 404;
        return isOver ? null : (error.retryAfter ?? "failed");
      }
    },
  });

  return { earlier, open };
}
