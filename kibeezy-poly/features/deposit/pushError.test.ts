import { describe, expect, it } from "vitest";
import { interpretPushError } from "@/features/deposit/pushError";
import { ApiError } from "@/lib/errors";

const NOW = Date.parse("2026-11-23T10:00:00Z");

describe("interpretPushError", () => {
  const first = { repeated: false, now: NOW };
  const again = { repeated: true, now: NOW };

  it.each([
    ["timeout", 0, "timeout"],
    ["offline", 0, "offline"],
    ["unreadable", 200, "noAnswer"],
    ["http_500", 500, "noAnswer"],
    ["api_no_answer", 502, "noAnswer"],
    ["http_504", 504, "noAnswer"],
    ["http_403", 403, "noAnswer"],
    ["http_404", 404, "noAnswer"],
    ["http_429", 429, "noAnswer"],
    ["idempotency_in_progress", 409, "stillStarting"],
  ])("%s leaves it unclear whether the request was sent", (code, status, reason) => {
    expect(interpretPushError(new ApiError(status, code), first)).toMatchObject({
      type: "lost",
      reason,
    });
  });

  it.each([
    ["invalid_amount", 400],
    ["kyc_required", 403],
    ["subscriber_busy", 409],
    ["idempotency_key_reused", 422],
    ["rate_limited", 429],
    ["self_excluded", 403],
    ["risk_review", 403],
    ["api_unreachable", 502],
  ])("%s is a rejection", (code, status) => {
    expect(interpretPushError(new ApiError(status, code), first)).toMatchObject({
      type: "refused",
    });
  });

  it("recognises a rejection of the provider by its `money`", () => {
    const no = new ApiError(502, "mpesa_rejected", { money: "not_moved" });
    expect(interpretPushError(no, first)).toMatchObject({
      type: "refused",
      rejection: { money: "not_moved" },
    });
    expect(interpretPushError(new ApiError(502, "mpesa_rejected"), first)).toMatchObject({
      type: "lost",
    });
  });

  it.each([
    ["deposit_in_progress", 409, "unknown"],
    ["idempotency_key_reused", 422, "unknown"],
    // Sent before the server looked at the key, and this is the first request.
    ["rate_limited", 429, "not_moved"],
    ["csrf_failed", 403, "not_moved"],
    ["request_too_large", 413, "not_moved"],
    ["api_unreachable", 502, "not_moved"],
  ])("reads %s (%i), which has no `money`, as %s", (code, status, money) => {
    expect(interpretPushError(new ApiError(status, code), first)).toMatchObject({
      rejection: { money },
    });
  });

  it.each([
    ["rate_limited", 429],
    ["not_authenticated", 401],
    ["csrf_failed", 403],
    ["request_too_large", 413],
    ["api_unreachable", 502],
  ])("%s to a repeated request says nothing about the first one", (code, status) => {
    expect(interpretPushError(new ApiError(status, code), again)).toMatchObject({ type: "lost" });
  });

  it("allows a smaller amount at once after a limit, but waits for a busy phone", () => {
    const limit = interpretPushError(
      new ApiError(429, "limit_exceeded", { retryAfter: 3600 }),
      first,
    );
    const busy = interpretPushError(
      new ApiError(409, "subscriber_busy", { retryAfter: 60 }),
      first,
    );
    expect(limit).toMatchObject({ rejection: { retryAt: null } });
    expect(busy).toMatchObject({ rejection: { retryAt: NOW + 60_000 } });
  });

  it("shows an error about the amount beside the amount", () => {
    const error = new ApiError(400, "invalid_amount", { customerMessage: "Too much." });
    expect(interpretPushError(error, first)).toMatchObject({
      rejection: { fieldMessage: "Too much.", transactionId: null },
    });
  });
});
