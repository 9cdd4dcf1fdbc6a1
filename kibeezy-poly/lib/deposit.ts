/**
 * The life of one deposit on this screen, as pure code: the server decides, this only follows.
 * Unknown is never "failed", and nothing but the server's COMPLETED is success.
 */
import type { Transaction, TransactionStatus } from "@/lib/api";
import { assertNever } from "@/lib/assertNever";
import type { ApiError } from "@/lib/errors";

/** One tap on "Deposit": the key makes every repeat of it the same deposit. */
export type Attempt = {
  key: string;
  amount: number;
  startedAt: string;
  /** The newest transaction known before the tap; a newer one of the same amount is this one. */
  newestIdBefore: number | null;
};

/** A deposit that the server knows. */
export type Deposit = {
  transactionId: number;
  amount: number;
  startedAt: string;
  /** Why the customer sees this deposit though they asked for another. */
  notice: string | null;
};

export type UnclearReason = "timeout" | "offline" | "noAnswer" | "stillStarting" | "interrupted";

/** A clear no, before anything reached the phone. */
export type Refusal = {
  code: string;
  customerMessage: string | null;
  fieldMessage: string | null;
  retryAt: number | null;
};

export type DepositState =
  | { kind: "editing"; amount: number | null; refusal: Refusal | null }
  | { kind: "sending"; attempt: Attempt; repeated: boolean }
  | { kind: "sendUnclear"; attempt: Attempt; reason: UnclearReason; retryAt: number | null }
  | {
      kind: "awaitingPin";
      deposit: Deposit;
      message: string;
      promptExpiresAt: number | null;
      offline: boolean;
    }
  | {
      kind: "checking";
      deposit: Deposit;
      message: string;
      retryAt: number | null;
      offline: boolean;
    }
  | { kind: "underReview"; deposit: Deposit; message: string }
  | {
      kind: "succeeded";
      deposit: Deposit;
      message: string;
      transaction: Transaction | null;
      balance: string | null;
    }
  | {
      kind: "failed";
      deposit: Deposit;
      resultCode: string | null;
      message: string;
      retryAt: number | null;
    };

export type DepositEvent =
  | { type: "reset"; amount?: number | null }
  | { type: "submitted"; attempt: Attempt }
  | { type: "resumed"; attempt: Attempt }
  | { type: "accepted"; transactionId: number; message: string }
  | { type: "outcomeUnknown"; transactionId: number; message: string }
  | { type: "refused"; refusal: Refusal }
  | { type: "lost"; reason: UnclearReason; retryAt: number | null }
  | { type: "adopted"; deposit: Deposit }
  | { type: "statusRead"; status: TransactionStatus; now: number; serverNow: number }
  | { type: "statusUnread" }
  | { type: "promptExpired" }
  | { type: "detailsRead"; transaction: Transaction; balance: string };

export const initialDeposit: DepositState = { kind: "editing", amount: null, refusal: null };

/** True once the server has spoken its last word, or nothing was ever asked of it. */
export function isFinal(state: DepositState): boolean {
  return state.kind === "succeeded" || state.kind === "failed";
}

/** True while money may be on its way, so that closing the sheet only puts it aside. */
export function isUnderWay(state: DepositState): boolean {
  return state.kind !== "editing" && !isFinal(state);
}

/** The deposit to ask the server about, if there is one and its end is open. */
export function getFollowedDeposit(state: DepositState): Deposit | null {
  switch (state.kind) {
    case "awaitingPin":
    case "checking":
    case "underReview":
      return state.deposit;
    default:
      return null;
  }
}

export function getAmount(state: Exclude<DepositState, { kind: "editing" }>): number {
  return "deposit" in state ? state.deposit.amount : state.attempt.amount;
}

type Waiting = Extract<DepositState, { offline: boolean }>;

/** True when the last question about a deposit under way got no answer. */
export function isOffline(state: DepositState): state is Waiting & { offline: true } {
  return "offline" in state && state.offline;
}

export function reduceDeposit(state: DepositState, event: DepositEvent): DepositState {
  switch (event.type) {
    case "reset":
      return { kind: "editing", amount: event.amount ?? null, refusal: null };
    case "submitted":
      return canSubmit(state)
        ? { kind: "sending", attempt: event.attempt, repeated: state.kind === "sendUnclear" }
        : state;
    case "resumed":
      return state.kind === "editing"
        ? { kind: "sendUnclear", attempt: event.attempt, reason: "interrupted", retryAt: null }
        : state;
    case "accepted":
    case "outcomeUnknown":
      return state.kind === "sending" ? follow(state.attempt, event) : state;
    case "refused":
      return state.kind === "sending"
        ? { kind: "editing", amount: state.attempt.amount, refusal: event.refusal }
        : state;
    case "lost":
      return state.kind === "sending"
        ? {
            kind: "sendUnclear",
            attempt: state.attempt,
            reason: event.reason,
            retryAt: event.retryAt,
          }
        : state;
    case "adopted":
      return {
        kind: "checking",
        deposit: event.deposit,
        message: "",
        retryAt: null,
        offline: false,
      };
    case "statusRead":
      return readStatus(state, event);
    case "statusUnread":
      return "offline" in state ? { ...state, offline: true } : state;
    case "promptExpired":
      return state.kind === "awaitingPin"
        ? {
            kind: "checking",
            deposit: state.deposit,
            message: "",
            retryAt: null,
            offline: state.offline,
          }
        : state;
    case "detailsRead":
      return state.kind === "succeeded" && state.deposit.transactionId === event.transaction.id
        ? { ...state, transaction: event.transaction, balance: event.balance }
        : state;
    default:
      return assertNever(event);
  }
}

// From "unclear" the same attempt may go out again; anywhere else a second one could be a second payment.
function canSubmit(state: DepositState): boolean {
  return state.kind === "editing" || state.kind === "sendUnclear";
}

type Sent = Extract<DepositEvent, { type: "accepted" | "outcomeUnknown" }>;

function follow(attempt: Attempt, event: Sent): DepositState {
  const deposit: Deposit = {
    transactionId: event.transactionId,
    amount: attempt.amount,
    startedAt: attempt.startedAt,
    notice: null,
  };
  const { message } = event;
  return event.type === "accepted"
    ? { kind: "awaitingPin", deposit, message, promptExpiresAt: null, offline: false }
    : { kind: "checking", deposit, message, retryAt: null, offline: false };
}

type StatusRead = Extract<DepositEvent, { type: "statusRead" }>;

function readStatus(state: DepositState, { status, now, serverNow }: StatusRead): DepositState {
  if (!("deposit" in state) || state.deposit.transactionId !== status.id) return state;
  if (state.kind === "succeeded") return state;
  const { deposit } = state;
  const message = status.customer_message;
  const retryAt = status.retry_after === null ? null : now + status.retry_after * 1000;
  switch (status.status) {
    case "COMPLETED":
      return { kind: "succeeded", deposit, message, transaction: null, balance: null };
    case "FAILED":
      return { kind: "failed", deposit, resultCode: status.result_code, message, retryAt };
    case "PENDING":
      // A late answer cannot take back the server's last word.
      if (state.kind === "failed") return state;
      if (status.next_poll_after === null) return { kind: "underReview", deposit, message };
      return readPrompt({ deposit, message, retryAt }, status.prompt_expires_at, serverNow);
    default:
      return assertNever(status.status);
  }
}

type Pending = { deposit: Deposit; message: string; retryAt: number | null };

function readPrompt(pending: Pending, expiresAt: string | null, serverNow: number): DepositState {
  const { deposit, message, retryAt } = pending;
  const promptExpiresAt = expiresAt === null ? NaN : Date.parse(expiresAt);
  // The end of the countdown is not the end of the deposit: M-Pesa may still answer.
  return promptExpiresAt > serverNow
    ? { kind: "awaitingPin", deposit, message, promptExpiresAt, offline: false }
    : { kind: "checking", deposit, message, retryAt, offline: false };
}

/** The transaction, as a deposit to follow. */
export function toDeposit(transaction: Transaction, notice: string | null = null): Deposit {
  const { id, amount, created_at } = transaction;
  return { transactionId: id, amount, startedAt: created_at, notice };
}

/** The transaction that an attempt whose answer was lost has become, if the list shows it. */
export function findAttempt(attempt: Attempt, transactions: Transaction[]): Transaction | null {
  const { amount, newestIdBefore } = attempt;
  if (newestIdBefore === null) return null;
  return transactions.find((txn) => txn.id > newestIdBefore && txn.amount === amount) ?? null;
}

const NOTHING_SENT_5XX = new Set([
  "mpesa_busy",
  "mpesa_unavailable",
  "mpesa_authentication_failed",
  "mpesa_rejected",
  "api_unreachable",
]);

// These are said before the server looks at the key, so of an earlier try they say nothing.
const BEFORE_THE_KEY = new Set(["rate_limited", "api_unreachable"]);

type Push = { repeated: boolean; now: number };

/** What may be concluded from a push that did not answer 200 or 202; `deposit_in_progress` is the caller's to follow. */
export function interpretPushError(error: ApiError, { repeated, now }: Push): DepositEvent {
  const retryAt = error.retryAfter === null ? null : now + error.retryAfter * 1000;
  if (error.code === "idempotency_in_progress")
    return { type: "lost", reason: "stillStarting", retryAt };
  const saysNothingOfEarlier =
    BEFORE_THE_KEY.has(error.code) || error.status === 401 || isCsrf(error);
  if (repeated && saysNothingOfEarlier) return { type: "lost", reason: "noAnswer", retryAt };
  if (isClearNo(error)) return { type: "refused", refusal: toRefusal(error, retryAt) };
  return { type: "lost", reason: toReason(error.code), retryAt };
}

function isClearNo(error: ApiError): boolean {
  return (
    (error.status >= 400 && error.status < 500 && error.status !== 408) ||
    NOTHING_SENT_5XX.has(error.code)
  );
}

function isCsrf(error: ApiError): boolean {
  return error.status === 403 && error.code.startsWith("csrf");
}

function toRefusal(error: ApiError, retryAt: number | null): Refusal {
  return {
    code: error.code,
    customerMessage: error.customerMessage,
    fieldMessage:
      error.code === "invalid_amount"
        ? (error.customerMessage ?? error.fields.amount?.[0] ?? null)
        : null,
    // A limit counts down to midnight, while a smaller amount may be fine at once.
    retryAt: error.code === "limit_exceeded" ? null : retryAt,
  };
}

function toReason(code: string): UnclearReason {
  if (code === "timeout") return "timeout";
  return code === "offline" ? "offline" : "noAnswer";
}
