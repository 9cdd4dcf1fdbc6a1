/** What a push that did not answer 200 or 202 means for the deposit. Pure; an unknown outcome is never "failed". */
import type { DepositEvent, Rejection, UnclearReason } from "@/features/deposit/states";
import type { ApiError, Money } from "@/lib/errors";

// These come before the server looks at the idempotency key, so they say nothing about an earlier request.
const BEFORE_THE_KEY = new Set(["rate_limited", "request_too_large", "api_unreachable"]);

type Push = { repeated: boolean; now: number };

/** The caller handles `deposit_in_progress` and an ended session itself. */
export function interpretPushError(error: ApiError, { repeated, now }: Push): DepositEvent {
  const retryAt = error.retryAfter === null ? null : now + error.retryAfter * 1000;
  if (error.code === "idempotency_in_progress")
    return { type: "lost", reason: "stillStarting", retryAt };
  const saysNothingOfEarlier =
    BEFORE_THE_KEY.has(error.code) || error.status === 401 || isCsrf(error);
  if (repeated && saysNothingOfEarlier) return { type: "lost", reason: "noAnswer", retryAt };
  // For a first request they prove that nothing was sent to M-Pesa.
  const money = saysNothingOfEarlier ? "not_moved" : error.money;
  if (isClearNo(error)) return { type: "refused", rejection: toRejection(error, retryAt, money) };
  return { type: "lost", reason: toReason(error.code), retryAt };
}

function isClearNo(error: ApiError): boolean {
  const isRejection = error.status >= 400 && error.status < 500 && error.status !== 408;
  return (isRejection && error.isFromApi) || error.money === "not_moved" || isUnreachable(error);
}

/** The page's own server could not reach the API, or the CSRF token that every push needs could not be fetched. */
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
    // The wait of a limit ends at midnight, but a smaller amount may be accepted at once.
    retryAt: error.code === "limit_exceeded" ? null : retryAt,
  };
}

function toReason(code: string): UnclearReason {
  if (code === "timeout") return "timeout";
  return code === "offline" ? "offline" : "noAnswer";
}
