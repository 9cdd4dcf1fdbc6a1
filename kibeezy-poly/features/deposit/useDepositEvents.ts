"use client";
/**
 * Events that come from elsewhere than the server's answers: other tabs, a deposit chosen in a
 * list, the end of the prompt.
 */
import { type Dispatch, useEffect, useEffectEvent } from "react";
import {
  type DepositEvent,
  type DepositState,
  isFinal,
  isUnderWay,
  toDeposit,
} from "@/features/deposit/states";
import {
  type StoredDeposit,
  readStoredDeposit,
  watchStoredDeposit,
} from "@/features/deposit/persist";
import type { DepositStore } from "@/features/deposit/store";
import type { Transaction } from "@/lib/api";
import { serverNow } from "@/lib/time";

/**
 * Shows the deposit that another tab has sent. When another tab has deleted the stored deposit,
 * asks the server for the status at once.
 */
export function useOtherTabs(
  userId: number,
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const readOtherTab = useEffectEvent(() => {
    const stored = readStoredDeposit(userId);
    const ended = hasEnded(state, stored);
    if (ended) dispatch({ type: "endedElsewhere", at: serverNow() });
    else if (stored === null) checkNow();
    if (stored === null || !stored.sent || state.kind === "sending") return;
    if (stored.transactionId === null) {
      if (!isUnderWay(state)) dispatch({ type: "resumed", attempt: stored, reason: "otherTab" });
      return;
    }
    if ("deposit" in state && state.deposit.transactionId === stored.transactionId) return;
    const { transactionId, amount, startedAt } = stored;
    dispatch({ type: "adopted", deposit: { transactionId, amount, startedAt, notice: null } });
  });
  useEffect(
    () =>
      watchStoredDeposit(userId, () => {
        readOtherTab();
      }),
    [userId],
  );
}

/** True if another tab has deleted or replaced the attempt that this tab still searches for. */
function hasEnded(state: DepositState, stored: StoredDeposit | null): boolean {
  return state.kind === "sendUnclear" && stored?.key !== state.attempt.key;
}

/**
 * Ends the view of the prompt when the prompt expires by the server's clock; the deposit stays
 * open.
 */
export function usePromptEnd(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const expiresAt = state.kind === "awaitingPin" ? state.promptExpiresAt : null;
  const end = useEffectEvent(() => {
    dispatch({ type: "promptExpired" });
    // A hidden page does not poll; it asks once it is visible again.
    if (document.visibilityState === "visible") checkNow();
  });
  useEffect(() => {
    if (expiresAt === null) return;
    const timer = setTimeout(
      () => {
        end();
      },
      Math.max(0, expiresAt - serverNow()),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [expiresAt]);
}

export function useChosen(
  chosen: Transaction | null,
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
): void {
  const adopt = useEffectEvent((transaction: Transaction) => {
    const busy = state.kind === "sending" || state.kind === "sendUnclear";
    const shown = "deposit" in state && state.deposit.transactionId === transaction.id;
    if (!busy && !shown) dispatch({ type: "adopted", deposit: toDeposit(transaction) });
  });
  useEffect(() => {
    if (chosen !== null) adopt(chosen);
  }, [chosen]);
}

/**
 * Tells the page when the customer leaves an outcome, by closing it or by starting another deposit,
 * whose details have not been read yet: leaving ends that request, and the page would go on showing
 * the old balance.
 */
export function useUnreadOutcome(store: DepositStore, onUnread: () => void): void {
  const notify = useEffectEvent(onUnread);
  useEffect(() => {
    let last = store.get().state;
    return store.subscribe(() => {
      const { state } = store.get();
      if (isFinal(last) && last.transaction === null && !isFinal(state)) notify();
      last = state;
    });
  }, [store]);
}
