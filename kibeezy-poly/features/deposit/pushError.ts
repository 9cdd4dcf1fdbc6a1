/** What may be concluded from a push that did not answer 200 or 202. Pure; "unknown" is never "failed". */
import type { DepositEvent, Refusal, UnclearReason } from "@/features/deposit/deposit";
import type { ApiError } from "@/lib/errors";

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

/** `deposit_in_progress` and an ended session are the caller's to act on. */
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
  const isRefusal = error.status >= 400 && error.status < 500 && error.status !== 408;
  return (isRefusal && error.isFromApi) || NOTHING_SENT_5XX.has(error.code);
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
    transactionId: error.transactionId,
    // A limit counts down to midnight, while a smaller amount may be fine at once.
    retryAt: error.code === "limit_exceeded" ? null : retryAt,
  };
}

function toReason(code: string): UnclearReason {
  if (code === "timeout") return "timeout";
  return code === "offline" ? "offline" : "noAnswer";
}
