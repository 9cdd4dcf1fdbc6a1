/**
 * The state machine of the deposit on this screen: a pure reducer. The server decides the outcome;
 * the machine only shows it. An unknown outcome is never "failed", and only the server's COMPLETED
 * is success.
 */
import { assertNever } from "@/features/deposit/assertNever";
import { correctDeposit } from "@/features/deposit/correctDeposit";
import {
  type Attempt,
  CLOCK_SLACK_MS,
  type Deposit,
  type DepositEvent,
  type DepositState,
  getFollowedDeposit,
  isFinal,
  isUnderWay,
  mayArrive,
  mayResend,
  type Rejection,
  type UnclearReason,
} from "@/features/deposit/states";

export const initialDeposit: DepositState = { kind: "editing", amount: null, error: null };

const LATE_AFTER_MS = 90_000;

/**
 * How long the page shows the prompt: a prompt that the customer ignores disappears from the phone
 * after 60 to 90 seconds (docs/daraja.md §4, "Timing"). The server's `prompt_expires_at` is later:
 * until then the server sends no second prompt.
 */
const PROMPT_SHOWS_MS = 90_000;

export function reduceDeposit(state: DepositState, event: DepositEvent): DepositState {
  switch (event.type) {
    case "reset":
      return { kind: "editing", amount: event.amount ?? null, error: null };
    case "closed":
      return close(state);
    case "reopened":
      return reopen(state, event.deposit);
    case "gone":
      return forget(state, event.transactionId);
    case "reviewed":
      return mayReview(state) ? { kind: "confirming", attempt: event.attempt } : state;
    case "submitted":
      return maySubmit(state)
        ? { kind: "sending", attempt: event.attempt, repeated: state.kind === "sendUnclear" }
        : state;
    case "resumed":
      return showUnclear(state, event.attempt, event.reason);
    case "accepted":
    case "outcomeUnknown":
    case "refused":
    case "signedOut":
    case "lost":
      return state.kind === "sending" ? endSending(state, event) : state;
    case "notFound":
      return readSearch(state, event);
    case "endedElsewhere":
      return state.kind === "sendUnclear"
        ? { ...state, reason: "elsewhere", retryAt: null, missing: false, endedAt: event.at }
        : state;
    case "providerWentDown":
    case "watchWanted":
    case "providerRecovered":
      return readProviderEvent(state, event.type);
    case "adopted":
      return checking(event.deposit);
    case "amountRead":
      return "deposit" in state && state.deposit.transactionId === event.transactionId
        ? { ...state, deposit: { ...state.deposit, amount: event.amount } }
        : state;
    case "statusRead":
      return readStatus(state, event);
    case "pollFailed":
      return "outage" in state ? { ...state, outage: event.outage } : state;
    case "pollingStopped":
      return stopPolling(state);
    case "promptExpired":
      return state.kind === "awaitingPin"
        ? checking(state.deposit, { outage: state.outage })
        : state;
    case "detailsRead":
      return readDetails(state, event);
    default:
      return assertNever(event);
  }
}

// No new review while money may move for the present deposit: it could lead to a second payment.
function mayReview(state: DepositState): boolean {
  return !isUnderWay(state);
}

// Only a reviewed attempt may be sent, or an attempt whose answer was lost sent again.
function maySubmit(state: DepositState): boolean {
  return state.kind === "confirming" || state.kind === "sendUnclear";
}

// Closing the sheet keeps a deposit under way, and the wait for M-Pesa to work again. A deposit
// under review is dropped from the sheet, since the review may take days: the list still shows it,
// and the customer may start another.
function close(state: DepositState): DepositState {
  const isWatching = state.kind === "providerDown" && state.watch !== "off";
  const staysOpen = isWatching || (isUnderWay(state) && state.kind !== "underReview");
  return staysOpen ? state : initialDeposit;
}

function reopen(state: DepositState, deposit: Deposit): DepositState {
  return state.kind === "editing" ? checking(deposit) : state;
}

function forget(state: DepositState, transactionId: number): DepositState {
  return getFollowedDeposit(state)?.transactionId === transactionId ? initialDeposit : state;
}

function showUnclear(state: DepositState, attempt: Attempt, reason: UnclearReason): DepositState {
  return isUnderWay(state)
    ? state
    : { kind: "sendUnclear", attempt, reason, retryAt: null, missing: false, endedAt: null };
}

type NotFound = Extract<DepositEvent, { type: "notFound" }>;

function readSearch(state: DepositState, { askedAt, sure }: NotFound): DepositState {
  if (state.kind !== "sendUnclear" || askedAt < (state.endedAt ?? 0)) return state;
  if (!mayResend(state, askedAt)) return initialDeposit;
  return { ...state, missing: sure && !mayArrive(state.attempt, askedAt) };
}

function checking(
  deposit: Deposit,
  changes: Partial<Extract<DepositState, { kind: "checking" }>> = {},
): DepositState {
  const fresh = {
    message: "",
    answered: false,
    retryAt: null,
    late: false,
    stoppedPolling: false,
    outage: null,
  };
  return { ...fresh, ...changes, kind: "checking", deposit };
}

type Sending = Extract<DepositState, { kind: "sending" }>;
type Answer = Extract<
  DepositEvent,
  { type: "accepted" | "outcomeUnknown" | "refused" | "signedOut" | "lost" }
>;

function endSending({ attempt }: Sending, event: Answer): DepositState {
  switch (event.type) {
    case "accepted":
    case "outcomeUnknown":
      return awaitOutcome(attempt, event);
    case "refused":
      return showRejection(attempt.amount, event.rejection);
    case "signedOut":
      return { kind: "confirming", attempt };
    case "lost":
      return lose(attempt, event);
    default:
      return assertNever(event);
  }
}

function lose(
  attempt: Attempt,
  { reason, retryAt, lastTryAt }: Extract<Answer, { type: "lost" }>,
): DepositState {
  const tried = lastTryAt === undefined ? attempt : { ...attempt, lastTryAt };
  return { kind: "sendUnclear", attempt: tried, reason, retryAt, missing: false, endedAt: null };
}

function awaitOutcome(
  attempt: Attempt,
  event: Extract<Answer, { type: "accepted" | "outcomeUnknown" }>,
): DepositState {
  const { amount, startedAt } = attempt;
  const { transactionId, message } = event;
  const deposit: Deposit = { transactionId, amount, startedAt, notice: null };
  if (event.type === "outcomeUnknown") return checking({ ...deposit, unclear: true }, { message });
  return { kind: "awaitingPin", deposit, message, promptExpiresAt: null, outage: null };
}

const PROVIDER_DOWN = new Set(["mpesa_busy", "mpesa_unavailable"]);

function showRejection(amount: number, rejection: Rejection): DepositState {
  if (rejection.fieldMessage !== null)
    return { kind: "editing", amount, error: rejection.fieldMessage };
  if (!PROVIDER_DOWN.has(rejection.code)) return { kind: "refused", amount, rejection };
  const { customerMessage: message, retryAt } = rejection;
  return { kind: "providerDown", amount, message, retryAt, watch: "off" };
}

type ProviderEvent = "providerWentDown" | "watchWanted" | "providerRecovered";

function readProviderEvent(state: DepositState, event: ProviderEvent): DepositState {
  if (event === "providerWentDown") {
    if (state.kind !== "confirming") return state;
    const { amount } = state.attempt;
    return { kind: "providerDown", amount, message: null, retryAt: null, watch: "off" };
  }
  if (state.kind !== "providerDown") return state;
  return { ...state, watch: event === "watchWanted" ? "watching" : "back" };
}

function stopPolling(state: DepositState): DepositState {
  if (state.kind === "checking") return { ...state, late: true, stoppedPolling: true };
  return state.kind === "awaitingPin"
    ? checking(state.deposit, { late: true, stoppedPolling: true, outage: state.outage })
    : state;
}

function readDetails(
  state: DepositState,
  { transaction, balance }: Extract<DepositEvent, { type: "detailsRead" }>,
): DepositState {
  if (!isFinal(state) || state.deposit.transactionId !== transaction.id) return state;
  if (state.kind === "succeeded")
    return { ...state, transaction, balance: balance ?? state.balance };
  if (transaction.status !== "COMPLETED") return { ...state, transaction };
  // The deposit was completed after its status had been read as failed. The receipt is fetched
  // again, with the new balance.
  const { deposit } = state;
  const { customer_message: message } = transaction;
  return { kind: "succeeded", deposit, message, transaction: null, balance: null };
}

type StatusRead = Extract<DepositEvent, { type: "statusRead" }>;

function readStatus(state: DepositState, { status, now, serverNow }: StatusRead): DepositState {
  if (!("deposit" in state) || state.deposit.transactionId !== status.id) return state;
  if (state.kind === "succeeded") return state;
  const deposit = correctDeposit(state.deposit, status);
  const message = status.customer_message;
  const retryAt = status.retry_after === null ? null : now + status.retry_after * 1000;
  switch (status.status) {
    case "COMPLETED":
      return { kind: "succeeded", deposit, message, transaction: null, balance: null };
    case "FAILED":
      return {
        kind: "failed",
        deposit,
        resultCode: status.result_code,
        money: status.money,
        message,
        retryAt,
        transaction: state.kind === "failed" ? state.transaction : null,
      };
    case "PENDING":
      // An older answer that arrives late must not turn a failed deposit back into a pending one.
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
  // It is unknown whether the phone shows this prompt: the view goes on saying what the push's answer
  // said, and tells no customer to look for it.
  if (deposit.unclear)
    return checking(deposit, {
      message,
      answered: true,
      retryAt,
      late: isLate(deposit, serverNow),
    });
  const expiresMs = expiresAt === null ? NaN : Date.parse(expiresAt);
  const promptExpiresAt = Math.min(expiresMs, Date.parse(deposit.startedAt) + PROMPT_SHOWS_MS);
  // A prompt cannot end later than this. If it seems to, this phone's clock is wrong and the server's
  // is not known: no time is shown, and the server alone says when the prompt is over.
  const isClockWrong = promptExpiresAt > serverNow + PROMPT_SHOWS_MS + CLOCK_SLACK_MS;
  // After the prompt has ended the deposit stays open: M-Pesa may still report an outcome.
  if (isClockWrong ? retryAt !== null : promptExpiresAt > serverNow)
    return {
      kind: "awaitingPin",
      deposit,
      message,
      promptExpiresAt: isClockWrong ? null : promptExpiresAt,
      outage: null,
    };
  return checking(deposit, {
    // Until `prompt_expires_at` the server's sentence tells the customer to look at the phone. The
    // prompt is no longer there, so that sentence is left out.
    message: expiresMs > serverNow ? "" : message,
    answered: true,
    retryAt,
    late: isLate(deposit, serverNow),
  });
}

function isLate({ startedAt }: Deposit, serverNow: number): boolean {
  return serverNow - Date.parse(startedAt) > LATE_AFTER_MS;
}
