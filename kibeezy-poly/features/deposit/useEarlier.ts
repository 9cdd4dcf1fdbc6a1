"use client";
/** Deposits that were open or failed when the one on the screen was started: if they are paid late, both are shown. */
import { useState } from "react";
import { getTransaction } from "@/features/deposit/api";
import type { Deposit } from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { readStoredDeposit } from "@/features/deposit/persist";
import { getTransactionStatus, getWallet, type Transaction } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { usePolling } from "@/lib/usePolling";

export type Earlier = Deposit & { status: Transaction["status"] };

/** Polled less often than the deposit on the screen. */
const LEAST_WAIT_S = 10;

export function useEarlier({ userId, transactions, onChanged }: DepositOptions) {
  const [deposits, setDeposits] = useState<Deposit[]>(
    () => readStoredDeposit(userId)?.earlier ?? [],
  );
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

  /** Adds a deposit and returns the new list. */
  function add(deposit: Deposit): Deposit[] {
    const others = deposits.filter(({ transactionId }) => transactionId !== deposit.transactionId);
    const all = [...others, deposit];
    setDeposits(all);
    return all;
  }

  return { earlier, add, findOpen: (): Deposit | null => open };
}
