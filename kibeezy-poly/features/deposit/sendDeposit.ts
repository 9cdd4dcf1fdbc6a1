/** Sends one attempt, keeps the record true to what came of it, and says what may be concluded. */
import { getTransaction, startDeposit } from "@/features/deposit/api";
import type { Attempt, Deposit, DepositEvent } from "@/features/deposit/deposit";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import {
  deleteRecord,
  type DepositRecord,
  readRecord,
  writeRecord,
} from "@/features/deposit/depositRecord";
import { interpretPushError } from "@/features/deposit/pushError";
import { type ApiError, toApiError } from "@/lib/errors";
import { serverNow } from "@/lib/time";

type OpenDeposit = Omit<Deposit, "notice">;

/** Only a customer's tap may lead here; `repeated` when this attempt may have gone out before. */
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
    // Nothing was looked at, let alone sent: after logging in the review is as it was.
    amend(userId, { sent: false });
    return { type: "signedOut" };
  }
  const event = interpretPushError(error, { repeated, now: Date.now() });
  if (event.type === "refused") deleteRecord(userId);
  if (event.type !== "lost") return event;
  // A phone that slept may have sent it only now, so its age counts from here.
  const lastTryAt = new Date(serverNow()).toISOString();
  amend(userId, { lastTryAt });
  return { ...event, lastTryAt };
}

/** The open prompt may be for another amount, so its own facts are fetched before it is shown. */
async function readOpenDeposit(attempt: Attempt, transactionId: number): Promise<OpenDeposit> {
  try {
    const { amount, created_at: startedAt } = await getTransaction(transactionId);
    return { transactionId, amount, startedAt };
  } catch (thrown) {
    toApiError(thrown);
    // It is open all the same; the first full read of it sets the amount right.
    const { amount, startedAt } = attempt;
    return { transactionId, amount, startedAt };
  }
}

function amend(userId: number, changes: Partial<DepositRecord>): void {
  const record = readRecord(userId);
  if (record !== null) writeRecord(userId, { ...record, ...changes });
}
