"use client";
/** Connects the state machine to the API and to the stored deposit; creates the idempotency key. */
import { type Dispatch, useReducer, useRef } from "react";
import type { ProviderStatus } from "@/features/deposit/api";
import {
  type Attempt,
  type Deposit,
  type DepositEvent,
  type DepositState,
  isUnderWay,
  mayResend,
  toDeposit,
} from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import {
  createIdempotencyKey,
  deleteStoredAttempt,
  deleteStoredDeposit,
  readStoredDeposit,
  toStoredDeposit,
  writeStoredDeposit,
} from "@/features/deposit/persist";
import { initialDeposit, reduceDeposit } from "@/features/deposit/machine";
import { sendDeposit } from "@/features/deposit/send";
import { useChosen, useOtherTabs, usePromptEnd } from "@/features/deposit/useDepositEvents";
import { useDepositPolling } from "@/features/deposit/useDepositPolling";
import { type Earlier, useEarlier } from "@/features/deposit/useEarlier";
import { useProviderStatus } from "@/features/deposit/useProviderStatus";
import { serverNow } from "@/lib/time";

export type DepositControl = {
  state: DepositState;
  /** How fast M-Pesa confirms right now; null until known. */
  providerStatus: ProviderStatus | null;
  /** Deposits that were open or failed when this one was started. */
  earlier: Earlier[];
  /** Shows what will be paid; creates the idempotency key and stores it. */
  review: (amount: number) => void;
  /** Sends the reviewed attempt, or the same attempt again. Only a tap of the customer may call this. */
  send: () => void;
  checkNow: () => void;
  /** Back to the form. */
  startOver: (amount?: number) => void;
  /** Waits for M-Pesa to work again, to tell the customer. */
  watch: () => void;
  /** The sheet was closed: an attempt that was never sent is forgotten, a deposit under way goes on. */
  leave: () => void;
};

export function useDeposit(options: DepositOptions): DepositControl {
  const { userId, transactions } = options;
  const [state, dispatch] = useReducer(reduceDeposit, options, recall);
  const sending = useRef(false);
  // A refused push may have created a deposit that the page's list does not show.
  const newestRefused = useRef(0);
  const { earlier, add, findOpen } = useEarlier(options);
  const checkNow = useDepositPolling({ state, dispatch, options });
  useOtherTabs(userId, state, dispatch, checkNow);
  useChosen(options.chosen, state, dispatch);
  usePromptEnd(state, dispatch, checkNow);
  const providerStatus = useProviderStatus(state, dispatch);

  function startOver(amount?: number) {
    if ("deposit" in state && state.kind !== "succeeded") add(state.deposit);
    if (state.kind === "sendUnclear") deleteStoredAttempt(userId, state.attempt.key);
    dispatch({ type: "reset", amount: amount ?? null });
  }

  function review(amount: number) {
    const kept = "deposit" in state && state.kind === "failed" ? add(state.deposit) : earlier;
    const attempt = stampAttempt(createAttempt(amount), newestId());
    if (!followAnotherTab(userId, dispatch)) {
      writeStoredDeposit(userId, draftOf(attempt, kept));
      dispatch({ type: "reviewed", attempt });
    }
  }

  function send() {
    // The new state is rendered a moment after the tap; this stops a second tap in between.
    if (sending.current || !("attempt" in state)) return;
    const repeated = state.kind === "sendUnclear";
    if (repeated && !mayResend(state, serverNow())) {
      checkNow();
      return;
    }
    sending.current = true;
    const attempt = repeated
      ? { ...state.attempt, lastTryAt: new Date(serverNow()).toISOString() }
      : stampAttempt(state.attempt, newestId());
    writeStoredDeposit(userId, { ...draftOf(attempt, earlier), sent: true });
    dispatch({ type: "submitted", attempt });
    void sendDeposit(attempt, repeated, options).then((event) => {
      sending.current = false;
      if (event.type === "refused")
        newestRefused.current = event.refusal.transactionId ?? newestRefused.current;
      dispatch(event);
    });
  }

  function newestId(): number {
    return transactions.reduce((newest, { id }) => Math.max(newest, id), newestRefused.current);
  }

  function leave() {
    // A review may take days. The list shows the deposit, and another one may be started.
    const isUnderReview = state.kind === "underReview";
    if (isUnderWay(state) && !isUnderReview) return;
    if (state.kind === "providerDown" && state.watch !== "off") return;
    if (state.kind === "confirming" || isUnderReview) deleteStoredDeposit(userId);
    const open = findOpen();
    dispatch({ type: "reset" });
    if (open === null) return;
    writeStoredDeposit(userId, { ...toStoredDeposit(open, []), minimised: true });
    dispatch({ type: "adopted", deposit: open });
  }

  return {
    state,
    providerStatus,
    earlier,
    checkNow,
    review,
    send,
    startOver,
    leave,
    watch: () => {
      dispatch({ type: "watchWanted" });
    },
  };
}

function createAttempt(amount: number): Attempt {
  return { key: createIdempotencyKey(), amount, startedAt: "", newestIdBefore: null };
}

function stampAttempt(attempt: Attempt, newestIdBefore: number): Attempt {
  return { ...attempt, startedAt: new Date(serverNow()).toISOString(), newestIdBefore };
}

function draftOf(attempt: Attempt, earlier: Deposit[]) {
  return { ...attempt, sent: false, transactionId: null, minimised: false, earlier };
}

/** True when another tab has sent a deposit that has no answer yet: that one is shown, and its stored data stays. */
function followAnotherTab(userId: number, dispatch: Dispatch<DepositEvent>): boolean {
  const stored = readStoredDeposit(userId);
  if (stored === null || !stored.sent || stored.transactionId !== null) return false;
  dispatch({ type: "resumed", attempt: stored, reason: "otherTab" });
  return true;
}

/** The state to start from: the stored deposit, else an open one of the server's list. */
function recall({ userId, resumable }: DepositOptions): DepositState {
  const stored = readStoredDeposit(userId);
  if (stored === null) {
    return resumable === null
      ? initialDeposit
      : reduceDeposit(initialDeposit, { type: "adopted", deposit: toDeposit(resumable) });
  }
  const { transactionId, sent, minimised: _, earlier: __, ...attempt } = stored;
  if (transactionId !== null) {
    const { amount, startedAt } = attempt;
    const deposit = { transactionId, amount, startedAt, notice: null };
    return reduceDeposit(initialDeposit, { type: "adopted", deposit });
  }
  if (sent)
    return reduceDeposit(initialDeposit, { type: "resumed", attempt, reason: "interrupted" });
  return reduceDeposit(initialDeposit, { type: "reviewed", attempt });
}
