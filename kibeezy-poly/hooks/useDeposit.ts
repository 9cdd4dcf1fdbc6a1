"use client";
/** Joins the deposit's pure states to the API and to this device's memory; owns the idempotency key. */
import { type Dispatch, useEffect, useEffectEvent, useReducer, useRef } from "react";
import { useDepositPolling } from "@/hooks/useDepositPolling";
import { getTransaction, startDeposit, type Transaction } from "@/lib/api";
import {
  type Attempt,
  type DepositEvent,
  type DepositState,
  initialDeposit,
  interpretPushError,
  reduceDeposit,
  toDeposit,
} from "@/lib/deposit";
import {
  createIdempotencyKey,
  deleteRecord,
  readRecord,
  watchRecord,
  writeRecord,
} from "@/lib/depositRecord";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

export type DepositOptions = {
  userId: number;
  /** The newest transaction on the list, 0 for an empty list, null while there is none to see. */
  newestId: number | null;
  /** A deposit that the customer chose to look at. */
  chosen: Transaction | null;
  /** One that was open when the page was loaded, for a device that remembers none. */
  resumable: Transaction | null;
  /** A deposit began or came to its end: balances and lists are old now. */
  onChanged: () => void;
  onSignedOut: () => void;
};

export type DepositControl = {
  state: DepositState;
  submit: (amount: number) => void;
  /** Sends the same attempt again, with the same key; only the customer's tap may call this. */
  resend: () => void;
  checkNow: () => void;
  startOver: (amount?: number) => void;
};

export function useDeposit(options: DepositOptions): DepositControl {
  const [state, dispatch] = useReducer(reduceDeposit, options, recall);
  const sending = useRef(false);
  const checkNow = useDepositPolling({ state, dispatch, options });
  useOtherTabs(options.userId, state, dispatch, checkNow);
  useChosen(options.chosen, state, dispatch);
  usePromptEnd(state, dispatch, checkNow);

  function send(attempt: Attempt, repeated: boolean) {
    // State arrives a moment after a tap; this stops the second tap in between.
    if (sending.current) return;
    sending.current = true;
    writeRecord(options.userId, { ...attempt, transactionId: null, minimised: false });
    dispatch({ type: "submitted", attempt });
    void push(attempt, repeated, options).then((event) => {
      sending.current = false;
      dispatch(event);
      if (event.type !== "lost") options.onChanged();
    });
  }

  return {
    state,
    checkNow,
    submit: (amount) => {
      const startedAt = new Date().toISOString();
      const attempt = {
        key: createIdempotencyKey(),
        amount,
        startedAt,
        newestIdBefore: options.newestId,
      };
      send(attempt, false);
    },
    resend: () => {
      if (state.kind === "sendUnclear") send(state.attempt, true);
    },
    startOver: (amount) => {
      dispatch({ type: "reset", amount: amount ?? null });
    },
  };
}

/** Where the device's memory, or the server's list, says that we are. */
function recall({ userId, resumable }: DepositOptions): DepositState {
  const record = readRecord(userId);
  if (record === null) {
    return resumable === null
      ? initialDeposit
      : reduceDeposit(initialDeposit, { type: "adopted", deposit: toDeposit(resumable) });
  }
  const { transactionId, minimised: _, ...attempt } = record;
  const event: DepositEvent =
    transactionId === null
      ? { type: "resumed", attempt }
      : {
          type: "adopted",
          deposit: {
            transactionId,
            amount: attempt.amount,
            startedAt: attempt.startedAt,
            notice: null,
          },
        };
  return reduceDeposit(initialDeposit, event);
}

async function push(
  attempt: Attempt,
  repeated: boolean,
  options: DepositOptions,
): Promise<DepositEvent> {
  const { userId, onSignedOut } = options;
  try {
    const answer = await startDeposit(attempt.amount, attempt.key);
    remember(userId, attempt, answer.transaction_id);
    return {
      type: answer.checkout_id === null ? "outcomeUnknown" : "accepted",
      transactionId: answer.transaction_id,
      message: answer.customer_message,
    };
  } catch (thrown) {
    const error = toApiError(thrown);
    if (error.code === "deposit_in_progress" && error.transactionId !== null) {
      return adoptOpenDeposit(error, error.transactionId, attempt, userId);
    }
    const event = interpretPushError(error, { repeated, now: Date.now() });
    if (event.type === "refused") deleteRecord(userId);
    if (error.status === 401) onSignedOut();
    return event;
  }
}

/** The open prompt may be for another amount, so its own facts are fetched before it is shown. */
async function adoptOpenDeposit(
  error: ApiError,
  transactionId: number,
  attempt: Attempt,
  userId: number,
): Promise<DepositEvent> {
  try {
    const transaction = await getTransaction(transactionId);
    remember(
      userId,
      { ...attempt, amount: transaction.amount, startedAt: transaction.created_at },
      transactionId,
    );
    return { type: "adopted", deposit: toDeposit(transaction, error.customerMessage) };
  } catch (thrown) {
    toApiError(thrown);
    return { type: "lost", reason: "noAnswer", retryAt: null };
  }
}

function remember(userId: number, attempt: Attempt, transactionId: number): void {
  const minimised = readRecord(userId)?.minimised ?? false;
  writeRecord(userId, { ...attempt, transactionId, minimised });
}

/** What another tab starts is followed here too; what it saw end is asked about at once. */
function useOtherTabs(
  userId: number,
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const follow = useEffectEvent(() => {
    const record = readRecord(userId);
    if (record === null) checkNow();
    if (record?.transactionId == null || state.kind === "sending") return;
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

/** The prompt's time ends by the server's clock; the deposit does not end with it. */
function usePromptEnd(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  checkNow: () => void,
): void {
  const expiresAt = state.kind === "awaitingPin" ? state.promptExpiresAt : null;
  const end = useEffectEvent(() => {
    dispatch({ type: "promptExpired" });
    checkNow();
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

function useChosen(
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
