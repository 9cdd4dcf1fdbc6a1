"use client";
/** Whether a prompt may still be paid while the customer is about to pay in another way. */
import { type DepositState, isUnderWay } from "@/features/deposit/states";
import { useCountdown } from "@/features/deposit/steps/useCountdown";
import type { Earlier } from "@/features/deposit/useEarlier";
import type { Transaction } from "@/lib/api";
import { serverNow } from "@/lib/time";

/**
 * The prompt that may still be paid, or whose outcome M-Pesa has not told: of the deposit on the
 * screen, of an earlier one, or of one in the list. Null if there is none.
 */
export function useOpenPrompt(
  state: DepositState,
  earlier: Earlier[],
  transactions: Transaction[],
): { openSeconds: number | null } | null {
  const isPin = state.kind === "awaitingPin";
  const until = isPin ? state.promptExpiresAt : state.kind === "checking" ? state.retryAt : null;
  const openSeconds = useCountdown(until, isPin ? serverNow : Date.now);
  return mayBePaid(state, earlier, transactions) ? { openSeconds } : null;
}

function mayBePaid(state: DepositState, earlier: Earlier[], transactions: Transaction[]): boolean {
  if (state.kind === "sendUnclear" && state.missing) return false;
  // M-Pesa may contradict a failure that leaves open whether money moved.
  const isDoubtful = state.kind === "failed" && state.money === "unknown";
  return (
    isUnderWay(state) || isDoubtful || [...earlier, ...transactions].some((one) => isPending(one))
  );
}

function isPending({ status }: { status: Transaction["status"] }): boolean {
  return status === "PENDING";
}
