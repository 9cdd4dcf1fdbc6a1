"use client";
/**
 * Connects the deposit's store with the API, with other tabs and with the view. Creates the
 * idempotency key.
 */
import { useRef, useState, useSyncExternalStore } from "react";
import { type ProviderStatus, sendPinEntered } from "@/features/deposit/api";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { createIdempotencyKey } from "@/features/deposit/idempotencyKey";
import { readStoredDeposit } from "@/features/deposit/persist";
import { useDepositPolling } from "@/features/deposit/poll";
import { sendDeposit } from "@/features/deposit/send";
import {
  type Attempt,
  type DepositEvent,
  type DepositState,
  getAmount,
  getFollowedDeposit,
  isUnderWay,
  mayResend,
} from "@/features/deposit/states";
import { createDepositStore, type DepositStore } from "@/features/deposit/store";
import {
  useChosen,
  useOtherTabs,
  usePromptEnd,
  useUnreadOutcome,
} from "@/features/deposit/useDepositEvents";
import { shareStatus } from "@/features/deposit/tabs";
import { type Earlier, useEarlier } from "@/features/deposit/useEarlier";
import { useProviderStatus } from "@/features/deposit/useProviderStatus";
import type { TransactionStatus } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

export type DepositControl = {
  state: DepositState;
  /** The amount of the deposit on the screen; null if none is chosen. */
  amount: number | null;
  /** True while money may move. */
  isUnderWay: boolean;
  /** How fast M-Pesa confirms right now; null until known. */
  providerStatus: ProviderStatus | null;
  /** Deposits that were open or failed when this one was started. */
  earlier: Earlier[];
  /** Shows the review of the amount; creates and stores the idempotency key. */
  review: (amount: number) => void;
  /**
   * Sends the reviewed attempt, or sends the same attempt again. May be called only for a tap of
   * the customer.
   */
  send: () => void;
  checkNow: () => void;
  /** Has M-Pesa asked about the deposit now: the customer has entered the PIN. */
  reportPin: () => void;
  dispatch: (event: DepositEvent) => void;
  /** Goes back to the form. */
  startOver: (amount?: number) => void;
  /** Starts watching M-Pesa, to tell the customer when it works again. */
  watch: () => void;
  /**
   * Called when the sheet is closed: an attempt that was never sent is forgotten, a deposit under
   * way continues.
   */
  leave: () => void;
  /** Stores whether the sheet is closed, for the next load of the page. */
  setMinimised: (minimised: boolean) => void;
};

export function useDeposit(options: DepositOptions): DepositControl {
  const { userId, resumable, chosen } = options;
  const [store] = useState(() => createDepositStore(userId, resumable));
  const snapshot = useSyncExternalStore(store.subscribe, store.get, store.get);
  const { state } = snapshot;
  const { dispatch } = store;
  const { earlier, open } = useEarlier(snapshot.earlier, options);
  const checkNow = useDepositPolling({ state, dispatch, options });
  useOtherTabs(userId, state, dispatch, checkNow);
  useChosen(chosen, state, dispatch);
  usePromptEnd(state, dispatch, checkNow);
  useUnreadOutcome(store, options.onUnread);
  const providerStatus = useProviderStatus(state, dispatch);
  const { review, send } = useSending(store, options, checkNow);

  function take(status: TransactionStatus) {
    shareStatus(userId, status);
    dispatch({ type: "statusRead", status, now: Date.now(), serverNow: serverNow() });
  }

  function checkAfter(thrown: unknown) {
    toApiError(thrown);
    checkNow();
  }

  function leave() {
    dispatch({ type: "closed" });
    if (open !== null) dispatch({ type: "reopened", deposit: open });
  }

  return {
    state,
    amount: getAmount(state),
    isUnderWay: isUnderWay(state),
    providerStatus,
    earlier,
    checkNow,
    review,
    send,
    dispatch,
    reportPin: () => {
      const deposit = getFollowedDeposit(state);
      // After a failed request the status request finds out what is wrong, and the view says it.
      if (deposit !== null) sendPinEntered(deposit.transactionId).then(take, checkAfter);
    },
    leave,
    setMinimised: store.setMinimised,
    startOver: (amount) => {
      dispatch({ type: "reset", amount: amount ?? null });
    },
    watch: () => {
      dispatch({ type: "watchWanted" });
    },
  };
}

function useSending(store: DepositStore, options: DepositOptions, checkNow: () => void) {
  const { userId, transactions, onSignedOut } = options;
  // Id of the newest deposit that the server created and then failed in its answer to a push; the
  // page's list may not show it.
  const newestRefused = useRef(0);

  function stamp(attempt: Attempt): Attempt {
    const newestIdBefore = transactions.reduce(
      (newest, { id }) => Math.max(newest, id),
      newestRefused.current,
    );
    return { ...attempt, startedAt: new Date(serverNow()).toISOString(), newestIdBefore };
  }

  function review(amount: number) {
    const other = findUnanswered(userId);
    if (other !== null) {
      store.dispatch({ type: "resumed", attempt: other, reason: "otherTab" });
      return;
    }
    const key = createIdempotencyKey();
    const attempt = stamp({ key, amount, startedAt: "", newestIdBefore: null });
    store.dispatch({ type: "reviewed", attempt });
  }

  function send() {
    // Read from the store, because the rendered state is still the old one when the customer taps
    // twice quickly.
    const { state } = store.get();
    if (state.kind !== "confirming" && state.kind !== "sendUnclear") return;
    const repeated = state.kind === "sendUnclear";
    if (repeated && !mayResend(state, serverNow())) {
      checkNow();
      return;
    }
    const attempt = repeated
      ? { ...state.attempt, lastTryAt: new Date(serverNow()).toISOString() }
      : stamp(state.attempt);
    store.dispatch({ type: "submitted", attempt });
    void sendDeposit(attempt, repeated, onSignedOut).then((event) => {
      if (event.type === "refused")
        newestRefused.current = event.rejection.transactionId ?? newestRefused.current;
      store.dispatch(event);
    });
  }

  return { review, send };
}

/**
 * The attempt that another tab has sent and the server has not answered; it must be shown, not
 * replaced. Null if there is none.
 */
function findUnanswered(userId: number): Attempt | null {
  const stored = readStoredDeposit(userId);
  return stored?.sent === true && stored.transactionId === null ? stored : null;
}
