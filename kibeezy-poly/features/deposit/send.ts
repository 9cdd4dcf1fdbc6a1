/** Sends one attempt, and returns what the answer means for the deposit. */
import { getTransaction, startDeposit } from "@/features/deposit/api";
import { interpretPushError } from "@/features/deposit/pushError";
import type { Attempt, Deposit, DepositEvent } from "@/features/deposit/states";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

/** Only a tap of the customer may call this; `repeated` when this attempt may have been sent before. */
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
  // The API refused before it read the request: after logging in, the customer is back at the review.
  if (error.status === 401 && error.isFromApi && !repeated) return { type: "signedOut" };
  const event = interpretPushError(error, { repeated, now: Date.now() });
  if (event.type !== "lost") return event;
  // A phone that slept may have sent it only now, so its age is counted from here.
  return { ...event, lastTryAt: new Date(serverNow()).toISOString() };
}

/** The open prompt may be for another amount, so its amount and start are fetched before it is shown. */
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
    // The deposit is open all the same; the first status answer corrects the amount.
    const { amount, startedAt } = attempt;
    return { transactionId, amount, startedAt, notice };
  }
}
