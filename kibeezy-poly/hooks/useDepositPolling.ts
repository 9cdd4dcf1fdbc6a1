"use client";
/** Asks the server how the deposit stands, and, while it is unclear whether it was sent, whether it is on the list. */
import type { Dispatch } from "react";
import { type PollResult, usePolling } from "@/hooks/usePolling";
import type { DepositOptions } from "@/hooks/useDeposit";
import { getTransaction, getTransactionStatus, getWallet, listTransactions } from "@/lib/api";
import {
  type Attempt,
  type DepositEvent,
  type DepositState,
  findAttempt,
  getFollowedDeposit,
  toDeposit,
} from "@/lib/deposit";
import { deleteRecord, readRecord, writeRecord } from "@/lib/depositRecord";
import { toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

type Context = { state: DepositState; dispatch: Dispatch<DepositEvent>; options: DepositOptions };

const LOOK_AGAIN_S = 5;

/** Returns a function that asks at once. */
export function useDepositPolling({ state, dispatch, options }: Context): () => void {
  const deposit = getFollowedDeposit(state);
  const attempt = state.kind === "sendUnclear" ? state.attempt : null;
  const askStatus = usePolling({
    subject: deposit?.transactionId ?? null,
    startedMs: deposit ? Date.parse(deposit.startedAt) : 0,
    ask: (signal) => readStatus(deposit?.transactionId ?? 0, signal, dispatch, options),
  });
  const askList = usePolling({
    subject: attempt?.newestIdBefore ?? null,
    startedMs: attempt ? Date.parse(attempt.startedAt) : 0,
    ask: (signal) =>
      attempt ? lookFor(attempt, signal, dispatch, options) : Promise.resolve(null),
  });
  return () => {
    askStatus();
    askList();
  };
}

async function readStatus(
  id: number,
  signal: AbortSignal,
  dispatch: Dispatch<DepositEvent>,
  options: DepositOptions,
): Promise<PollResult> {
  try {
    const status = await getTransactionStatus(id, signal);
    dispatch({ type: "statusRead", status, now: Date.now(), serverNow: serverNow() });
    if (status.status === "PENDING") return status.next_poll_after;
    if (readRecord(options.userId)?.transactionId === id) deleteRecord(options.userId);
    options.onChanged();
    if (status.status === "COMPLETED") await readDetails(id, dispatch);
    return null;
  } catch (thrown) {
    return handleFailure(thrown, id, dispatch, options);
  }
}

function handleFailure(
  thrown: unknown,
  id: number,
  dispatch: Dispatch<DepositEvent>,
  options: DepositOptions,
): PollResult {
  const error = toApiError(thrown);
  if (error.code === "aborted") return null;
  if (error.status === 401) {
    options.onSignedOut();
    return null;
  }
  if (error.status === 404) {
    if (readRecord(options.userId)?.transactionId === id) deleteRecord(options.userId);
    dispatch({ type: "reset" });
    return null;
  }
  dispatch({ type: "statusUnread" });
  return error.retryAfter ?? "failed";
}

/** The receipt is the server's: its amount, its code, its balance. Without it the success stands all the same. */
async function readDetails(id: number, dispatch: Dispatch<DepositEvent>): Promise<void> {
  try {
    const [transaction, wallet] = await Promise.all([getTransaction(id), getWallet()]);
    dispatch({ type: "detailsRead", transaction, balance: wallet.balance });
  } catch (thrown) {
    toApiError(thrown);
  }
}

async function lookFor(
  attempt: Attempt,
  signal: AbortSignal,
  dispatch: Dispatch<DepositEvent>,
  options: DepositOptions,
): Promise<PollResult> {
  try {
    const page = await listTransactions(signal);
    const found = findAttempt(attempt, page.results);
    if (found === null) return LOOK_AGAIN_S;
    const minimised = readRecord(options.userId)?.minimised ?? false;
    writeRecord(options.userId, { ...attempt, transactionId: found.id, minimised });
    dispatch({ type: "adopted", deposit: toDeposit(found) });
    return null;
  } catch (thrown) {
    const error = toApiError(thrown);
    if (error.code === "aborted") return null;
    if (error.status !== 401) return error.retryAfter ?? "failed";
    options.onSignedOut();
    return null;
  }
}
