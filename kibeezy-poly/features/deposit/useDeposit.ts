"use client";
/** Joins the deposit's pure states to the API and to this device's memory; owns the idempotency key. */
import { type Dispatch, useReducer, useRef } from "react";
import type { Weather } from "@/features/deposit/api";
import {
  type Attempt,
  type Deposit,
  type DepositEvent,
  type DepositState,
  isUnderWay,
  mayResend,
  toDeposit,
} from "@/features/deposit/deposit";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import {
  createIdempotencyKey,
  deleteAttempt,
  deleteRecord,
  readRecord,
  toRecord,
  writeRecord,
} from "@/features/deposit/depositRecord";
import { initialDeposit, reduceDeposit } from "@/features/deposit/reduceDeposit";
import { sendDeposit } from "@/features/deposit/sendDeposit";
import { useChosen, useOtherTabs, usePromptEnd } from "@/features/deposit/useDepositEvents";
import { useDepositPolling } from "@/features/deposit/useDepositPolling";
import { type Earlier, useEarlier } from "@/features/deposit/useEarlier";
import { useWeather } from "@/features/deposit/useWeather";
import { serverNow } from "@/lib/time";

export type DepositControl = {
  state: DepositState;
  /** How M-Pesa fares right now; null until known. */
  weather: Weather | null;
  /** Deposits that were left open, or failed, before this one. */
  earlier: Earlier[];
  /** Shows what will be paid; makes the key, and keeps it on this device. */
  review: (amount: number) => void;
  /** Sends what was reviewed, or the same attempt again; only the customer's tap may call this. */
  send: () => void;
  checkNow: () => void;
  /** Back to the form. */
  startOver: (amount?: number) => void;
  /** Tell the customer when M-Pesa works again. */
  watch: () => void;
  /** The sheet was put away: what was never sent is forgotten, what is under way goes on. */
  leave: () => void;
};

export function useDeposit(options: DepositOptions): DepositControl {
  const { userId, transactions } = options;
  const [state, dispatch] = useReducer(reduceDeposit, options, recall);
  const sending = useRef(false);
  // A refusal may have made a deposit that the page's list has never seen.
  const newestRefused = useRef(0);
  const { earlier, add, findOpen } = useEarlier(options);
  const checkNow = useDepositPolling({ state, dispatch, options });
  useOtherTabs(userId, state, dispatch, checkNow);
  useChosen(options.chosen, state, dispatch);
  usePromptEnd(state, dispatch, checkNow);
  const weather = useWeather(state, dispatch);

  function startOver(amount?: number) {
    if ("deposit" in state && state.kind !== "succeeded") add(state.deposit);
    if (state.kind === "sendUnclear") deleteAttempt(userId, state.attempt.key);
    dispatch({ type: "reset", amount: amount ?? null });
  }

  function review(amount: number) {
    const kept = "deposit" in state && state.kind === "failed" ? add(state.deposit) : earlier;
    const attempt = stampAttempt(createAttempt(amount), newestId());
    if (!followAnotherTab(userId, dispatch)) {
      writeRecord(userId, draftOf(attempt, kept));
      dispatch({ type: "reviewed", attempt });
    }
  }

  function send() {
    // State arrives a moment after a tap; this stops the second tap in between.
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
    writeRecord(userId, { ...draftOf(attempt, earlier), sent: true });
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
    // With people it may stay for days; the list shows it, and another deposit may begin.
    const isWithPeople = state.kind === "underReview";
    if (isUnderWay(state) && !isWithPeople) return;
    if (state.kind === "providerDown" && state.watch !== "off") return;
    if (state.kind === "confirming" || isWithPeople) deleteRecord(userId);
    const open = findOpen();
    dispatch({ type: "reset" });
    if (open === null) return;
    writeRecord(userId, { ...toRecord(open, []), minimised: true });
    dispatch({ type: "adopted", deposit: open });
  }

  return {
    state,
    weather,
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

/** The record of what is being reviewed. */
function draftOf(attempt: Attempt, earlier: Deposit[]) {
  return { ...attempt, sent: false, transactionId: null, minimised: false, earlier };
}

/** True when another tab has sent a deposit whose answer has not come: that one is shown, and its record kept. */
function followAnotherTab(userId: number, dispatch: Dispatch<DepositEvent>): boolean {
  const record = readRecord(userId);
  if (record === null || !record.sent || record.transactionId !== null) return false;
  dispatch({ type: "resumed", attempt: record, reason: "otherTab" });
  return true;
}

/** Where the device's memory, or the server's list, says that we are. */
function recall({ userId, resumable }: DepositOptions): DepositState {
  const record = readRecord(userId);
  if (record === null) {
    return resumable === null
      ? initialDeposit
      : reduceDeposit(initialDeposit, { type: "adopted", deposit: toDeposit(resumable) });
  }
  const { transactionId, sent, minimised: _, earlier: __, ...attempt } = record;
  if (transactionId !== null) {
    const { amount, startedAt } = attempt;
    const deposit = { transactionId, amount, startedAt, notice: null };
    return reduceDeposit(initialDeposit, { type: "adopted", deposit });
  }
  if (sent)
    return reduceDeposit(initialDeposit, { type: "resumed", attempt, reason: "interrupted" });
  return reduceDeposit(initialDeposit, { type: "reviewed", attempt });
}
