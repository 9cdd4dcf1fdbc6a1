"use client";
/** What reaches a deposit besides the server's answers: other tabs, the customer's choice, the prompt's end. */
import { type Dispatch, useEffect, useEffectEvent } from "react";
import {
  type DepositEvent,
  type DepositState,
  isUnderWay,
  toDeposit,
} from "@/features/deposit/deposit";
import { type DepositRecord, readRecord, watchRecord } from "@/features/deposit/depositRecord";
import type { Transaction } from "@/lib/api";
import { serverNow } from "@/lib/time";

/** What another tab sends is followed here too; what it saw end is asked about at once. */
export function useOtherTabs(
  userId: number,
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const follow = useEffectEvent(() => {
    const record = readRecord(userId);
    const ended = hasEnded(state, record);
    if (ended) dispatch({ type: "endedElsewhere" });
    if (ended || record === null) checkNow();
    if (record === null || !record.sent || state.kind === "sending") return;
    if (record.transactionId === null) {
      if (!isUnderWay(state)) dispatch({ type: "resumed", attempt: record, reason: "otherTab" });
      return;
    }
    if ("deposit" in state && state.deposit.transactionId === record.transactionId) return;
    const { transactionId, amount, startedAt } = record;
    dispatch({ type: "adopted", deposit: { transactionId, amount, startedAt, notice: null } });
  });
  useEffect(
    () =>
      watchRecord(userId, () => {
        follow();
      }),
    [userId],
  );
}

/** True when another tab has deleted what this one still looks for, or has put its own in its place. */
function hasEnded(state: DepositState, record: DepositRecord | null): boolean {
  return state.kind === "sendUnclear" && record?.key !== state.attempt.key;
}

/** The prompt's time ends by the server's clock; the deposit does not end with it. */
export function usePromptEnd(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const expiresAt = state.kind === "awaitingPin" ? state.promptExpiresAt : null;
  const end = useEffectEvent(() => {
    dispatch({ type: "promptExpired" });
    // A hidden page asks nothing; coming back to it asks at once.
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
