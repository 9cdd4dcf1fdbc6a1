"use client";
/**
 * Polls the status of the deposit on the screen, from one tab only, and fetches the receipt once
 * there is an outcome.
 */
import { type Dispatch, useCallback, useEffect, useRef } from "react";
import {
  type Attempt,
  type DepositEvent,
  type DepositState,
  findAttempt,
  getFollowedDeposit,
  getLastTryMs,
  isAbsent,
  isFinal,
  type Outage,
  type StatusAnswer,
  toDeposit,
} from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import {
  releaseLease,
  extendLease,
  acquireLease,
  shareStatus,
  watchSharedStatus,
} from "@/features/deposit/tabs";
import {
  getTransaction,
  getTransactionStatus,
  getWallet,
  listTransactions,
  type Transaction,
} from "@/lib/api";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";
import { type Lease, type PollResult, readPollError, usePolling } from "@/lib/usePolling";

type Context = { state: DepositState; dispatch: Dispatch<DepositEvent>; options: DepositOptions };

const LOOK_AGAIN_S = 5;

/** Polls as long as the state requires it; the returned function sends the next request at once. */
export function useDepositPolling(context: Context): () => void {
  const askStatus = useStatus(context);
  const askList = useAttemptSearch(context);
  const askDetails = useDetails(context);
  return () => {
    askStatus();
    askList();
    askDetails();
  };
}

function useStatus({ state, dispatch, options }: Context): () => void {
  const { userId, onChanged } = options;
  const take = useCallback(
    (status: StatusAnswer): PollResult => {
      dispatch({ type: "statusRead", status, now: Date.now(), serverNow: serverNow() });
      return status.status === "PENDING" ? status.next_poll_after : null;
    },
    [dispatch],
  );
  const deposit = getFollowedDeposit(state);
  const id = deposit?.transactionId ?? null;
  const known = useRef<number | null>(null);

  function takeFirst(transaction: Transaction) {
    dispatch({ type: "amountRead", transactionId: transaction.id, amount: transaction.amount });
    onChanged(transaction, null);
  }

  async function ask(signal: AbortSignal): Promise<PollResult> {
    if (id === null) return null;
    try {
      const answer: StatusAnswer = await (known.current === id
        ? getTransactionStatus(id, signal)
        : readFirst(id, signal, takeFirst));
      // While the push is unclear, the whole deposit is fetched: it says once M-Pesa has taken it.
      known.current = answer.checkout_request_id === null ? null : id;
      shareStatus(userId, answer);
      return take(answer);
    } catch (thrown) {
      return handleFailure(thrown, id, dispatch, options);
    }
  }

  useEffect(() => watchSharedStatus(userId, take), [userId, take]);
  return usePolling({
    subject: id,
    startedMs: deposit ? Date.parse(deposit.startedAt) : 0,
    ask,
    lease: createLease(userId, id ?? 0),
    onStop: () => {
      dispatch({ type: "pollingStopped" });
    },
  });
}

/**
 * The first request fetches the whole deposit, which the lists show; later requests fetch only its
 * status, which is smaller.
 */
async function readFirst(
  id: number,
  signal: AbortSignal,
  take: (transaction: Transaction) => void,
): Promise<StatusAnswer> {
  const transaction = await getTransaction(id, signal);
  take(transaction);
  const { status, result_code, customer_message, money } = transaction;
  const { next_poll_after, retry_after, prompt_expires_at, created_at } = transaction;
  const { checkout_request_id } = transaction;
  return {
    id,
    status,
    result_code,
    customer_message,
    money,
    next_poll_after,
    retry_after,
    prompt_expires_at,
    created_at,
    checkout_request_id,
  };
}

function createLease(userId: number, id: number): Lease {
  return {
    acquire: () => acquireLease(userId, id, Date.now()),
    extend: (nextAt) => {
      extendLease(userId, id, nextAt);
    },
    release: () => {
      releaseLease(userId);
    },
  };
}

function handleFailure(
  thrown: unknown,
  id: number,
  dispatch: Dispatch<DepositEvent>,
  { onSignedOut }: DepositOptions,
): PollResult {
  const error = toApiError(thrown);
  const result = readPollError(error);
  if (result === "signedOut") {
    onSignedOut();
    return null;
  }
  if (result === "gone") {
    dispatch({ type: "gone", transactionId: id });
    return null;
  }
  if (result === null) return null;
  const outage = explainOutage(error);
  if (outage !== null) dispatch({ type: "pollFailed", outage });
  return result;
}

/**
 * Says why a status request failed. Null when the API itself answered with an error below 500: the
 * service is available then. A 4xx without the API's error envelope comes from a proxy.
 */
function explainOutage({ status, isFromApi }: ApiError): Outage | null {
  if (status >= 500) return "service";
  if (isFromApi) return null;
  return status >= 400 ? "service" : "network";
}

/**
 * Fetches what the receipt shows: the server's amount, M-Pesa's receipt number and the balance. The
 * outcome is shown before they arrive.
 */
function useDetails({ state, dispatch, options }: Context): () => void {
  const missing = isFinal(state) && state.transaction === null ? state : null;

  async function ask(signal: AbortSignal): Promise<PollResult> {
    if (missing === null) return null;
    const { transactionId } = missing.deposit;
    try {
      const [transaction, wallet] = await Promise.all([
        getTransaction(transactionId, signal),
        missing.kind === "succeeded" ? getWallet(signal) : null,
      ]);
      const balance = wallet?.balance ?? null;
      options.onChanged(transaction, balance);
      dispatch({ type: "detailsRead", transaction, balance });
      return null;
    } catch (thrown) {
      const error = toApiError(thrown);
      return error.code === "aborted" || error.status === 401 ? null : "failed";
    }
  }

  return usePolling({
    subject: missing === null ? null : missing.deposit.transactionId,
    startedMs: missing === null ? 0 : Date.parse(missing.deposit.startedAt),
    ask,
  });
}

/** Searches the server's list of deposits for an attempt whose answer was lost. */
function useAttemptSearch({ state, dispatch, options }: Context): () => void {
  const attempt = state.kind === "sendUnclear" ? state.attempt : null;
  const endedAt = state.kind === "sendUnclear" ? state.endedAt : null;
  return usePolling({
    subject: attempt?.newestIdBefore ?? null,
    // When another tab has ended the attempt, the search starts again: answers requested before
    // that are too old.
    startedMs: attempt ? (endedAt ?? getLastTryMs(attempt)) : 0,
    ask: async (signal) => {
      if (attempt === null) return null;
      try {
        const event = await search(attempt, signal, options);
        dispatch(event);
        return event.type === "adopted" ? null : LOOK_AGAIN_S;
      } catch (thrown) {
        const error = toApiError(thrown);
        if (error.code === "aborted") return null;
        if (error.status !== 401) return error.retryAfter ?? "failed";
        options.onSignedOut();
        return null;
      }
    },
  });
}

async function search(
  attempt: Attempt,
  signal: AbortSignal,
  { onChanged }: DepositOptions,
): Promise<DepositEvent> {
  const askedAt = serverNow();
  const page = await listTransactions(signal);
  const found = findAttempt(attempt, page.results);
  if (found === null) return { type: "notFound", askedAt, sure: isAbsent(attempt, page) };
  onChanged(found, null);
  return { type: "adopted", deposit: toDeposit(found) };
}
