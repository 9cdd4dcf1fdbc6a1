/**
 * Decides what an error answer to a push (neither 200 nor 202) means for the deposit. Pure; an
 * unknown outcome is never "failed".
 */
import type { DepositEvent, Rejection, UnclearReason } from "@/features/deposit/states";
import type { ApiError, Money } from "@/lib/errors";

// The API answers with these errors before it looks up the idempotency key, so they say nothing
// about an earlier request with the same key.
const BEFORE_THE_KEY = new Set([
  "rate_limited",
  "request_too_large",
  "api_unreachable",
  "session_changed",
]);

type Push = { repeated: boolean; now: number };

/**
 * The event for an error answer to a push. The caller handles `deposit_in_progress` and an ended
 * session.
 */
export function interpretPushError(error: ApiError, { repeated, now }: Push): DepositEvent {
  const retryAt = error.retryAfter === null ? null : now + error.retryAfter * 1000;
  if (error.code === "idempotency_in_progress")
    return { type: "lost", reason: "stillStarting", retryAt };
  const saysNothingOfEarlier =
    BEFORE_THE_KEY.has(error.code) || error.status === 401 || isCsrf(error);
  if (repeated && saysNothingOfEarlier) return { type: "lost", reason: "noAnswer", retryAt };
  // When this was the attempt's first request, these errors prove that no push was sent to M-Pesa.
  const money = saysNothingOfEarlier ? "not_moved" : error.money;
  if (isClearNo(error)) return { type: "refused", rejection: toRejection(error, retryAt, money) };
  return { type: "lost", reason: toReason(error.code), retryAt };
}

function isClearNo(error: ApiError): boolean {
  const isRejection = error.status >= 400 && error.status < 500 && error.status !== 408;
  return (isRejection && error.isFromApi) || error.money === "not_moved" || isUnreachable(error);
}

/**
 * True if the request never reached the API: the page's own server could not connect to it, or the
 * page could not fetch the CSRF token that every push needs.
 */
function isUnreachable(error: ApiError): boolean {
  return error.code === "api_unreachable";
}

function isCsrf(error: ApiError): boolean {
  return error.status === 403 && error.code.startsWith("csrf");
}

function toRejection(error: ApiError, retryAt: number | null, money: Money): Rejection {
  return {
    code: error.code,
    money,
    customerMessage: error.customerMessage,
    fieldMessage:
      error.code === "invalid_amount"
        ? (error.customerMessage ?? error.fields.amount?.[0] ?? null)
        : null,
    transactionId: error.transactionId,
    // The wait that a limit names ends at midnight, but a smaller amount may be accepted at once:
    // no wait is shown.
    retryAt: error.code === "limit_exceeded" ? null : retryAt,
  };
}

function toReason(code: string): UnclearReason {
  if (code === "timeout") return "timeout";
  return code === "offline" ? "offline" : "noAnswer";
}
