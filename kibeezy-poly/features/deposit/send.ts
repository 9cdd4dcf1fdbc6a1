/** Sends a push for one attempt, and returns the event that its answer means for the deposit. */
import { getTransaction } from "@/lib/api";
import { startDeposit } from "@/features/deposit/api";
import { interpretPushError } from "@/features/deposit/pushError";
import type { Attempt, Deposit, DepositEvent } from "@/features/deposit/states";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

/**
 * Sends a push. May be called only for a tap of the customer; `repeated` is true when the attempt
 * may have been sent before.
 */
export async function sendDeposit(
  attempt: Attempt,
  repeated: boolean,
  onSignedOut: () => void,
): Promise<DepositEvent> {
  try {
    const answer = await startDeposit(attempt.amount, attempt.key);
    return {
      type: answer.checkout_id === null ? "outcomeUnknown" : "accepted",
      transactionId: answer.transaction_id,
      message: answer.customer_message,
    };
  } catch (thrown) {
    const error = toApiError(thrown);
    if (error.status === 401) onSignedOut();
    return conclude(error, attempt, repeated);
  }
}

async function conclude(
  error: ApiError,
  attempt: Attempt,
  repeated: boolean,
): Promise<DepositEvent> {
  if (error.code === "deposit_in_progress" && error.transactionId !== null)
    return { type: "adopted", deposit: await readOpenDeposit(error, error.transactionId, attempt) };
  // The API answers both before it reads the body, so no push was sent: after logging in, the
  // customer is back at the review.
  const isSignedOut = error.status === 401 || error.code === "session_changed";
  if (isSignedOut && error.isFromApi && !repeated) return { type: "signedOut" };
  const event = interpretPushError(error, { repeated, now: Date.now() });
  if (event.type !== "lost") return event;
  // A phone that was asleep may have sent the request only now, so the time it may still be under
  // way is counted from here.
  return { ...event, lastTryAt: new Date(serverNow()).toISOString() };
}

/**
 * Fetches the deposit that is already open, since its prompt may be for another amount than this
 * attempt.
 */
async function readOpenDeposit(
  { customerMessage: notice }: ApiError,
  transactionId: number,
  attempt: Attempt,
): Promise<Deposit> {
  try {
    const { amount, created_at: startedAt } = await getTransaction(transactionId);
    return { transactionId, amount, startedAt, notice };
  } catch (thrown) {
    toApiError(thrown);
    // The deposit is open even if fetching it fails; the first status answer corrects the amount.
    const { amount, startedAt } = attempt;
    return { transactionId, amount, startedAt, notice };
  }
}
