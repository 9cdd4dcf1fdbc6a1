/** Sends one attempt, updates the stored deposit, and returns what the answer means for the deposit. */
import { getTransaction, startDeposit } from "@/features/deposit/api";
import type { Attempt, Deposit, DepositEvent } from "@/features/deposit/states";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import {
  deleteStoredDeposit,
  type StoredDeposit,
  readStoredDeposit,
  writeStoredDeposit,
} from "@/features/deposit/persist";
import { interpretPushError } from "@/features/deposit/pushError";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

type OpenDeposit = Omit<Deposit, "notice">;

/** Only a tap of the customer may call this; `repeated` when this attempt may have been sent before. */
export async function sendDeposit(
  attempt: Attempt,
  repeated: boolean,
  options: DepositOptions,
): Promise<DepositEvent> {
  const { userId, onSignedOut } = options;
  try {
    const answer = await startDeposit(attempt.amount, attempt.key);
    amend(userId, { transactionId: answer.transaction_id });
    return {
      type: answer.checkout_id === null ? "outcomeUnknown" : "accepted",
      transactionId: answer.transaction_id,
      message: answer.customer_message,
    };
  } catch (thrown) {
    const error = toApiError(thrown);
    if (error.status === 401) onSignedOut();
    return conclude(error, attempt, repeated, userId);
  }
}

async function conclude(
  error: ApiError,
  attempt: Attempt,
  repeated: boolean,
  userId: number,
): Promise<DepositEvent> {
  if (error.code === "deposit_in_progress" && error.transactionId !== null) {
    const deposit = await readOpenDeposit(attempt, error.transactionId);
    amend(userId, deposit);
    return { type: "adopted", deposit: { ...deposit, notice: error.customerMessage } };
  }
  if (error.status === 401 && error.isFromApi && !repeated) {
    // The API refused before it read the request: after logging in, the customer is back at the review.
    amend(userId, { sent: false });
    return { type: "signedOut" };
  }
  const event = interpretPushError(error, { repeated, now: Date.now() });
  if (event.type === "refused") deleteStoredDeposit(userId);
  if (event.type !== "lost") return event;
  // A phone that slept may have sent it only now, so its age is counted from here.
  const lastTryAt = new Date(serverNow()).toISOString();
  amend(userId, { lastTryAt });
  return { ...event, lastTryAt };
}

/** The open prompt may be for another amount, so its amount and start are fetched before it is shown. */
async function readOpenDeposit(attempt: Attempt, transactionId: number): Promise<OpenDeposit> {
  try {
    const { amount, created_at: startedAt } = await getTransaction(transactionId);
    return { transactionId, amount, startedAt };
  } catch (thrown) {
    toApiError(thrown);
    // The deposit is open all the same; the first status answer corrects the amount.
    const { amount, startedAt } = attempt;
    return { transactionId, amount, startedAt };
  }
}

function amend(userId: number, changes: Partial<StoredDeposit>): void {
  const stored = readStoredDeposit(userId);
  if (stored !== null) writeStoredDeposit(userId, { ...stored, ...changes });
}
