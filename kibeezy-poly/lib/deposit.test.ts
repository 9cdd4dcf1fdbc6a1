import { describe, expect, it } from "vitest";
import { buildTransaction } from "@/test/handlers";
import type { TransactionStatus } from "@/lib/api";
import {
  type Attempt,
  type Deposit,
  type DepositEvent,
  type DepositState,
  findAttempt,
  getFollowedDeposit,
  interpretPushError,
  isFinal,
  isUnderWay,
  reduceDeposit,
} from "@/lib/deposit";
import { ApiError } from "@/lib/errors";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const attempt: Attempt = {
  key: "k",
  amount: 500,
  startedAt: "2026-11-23T10:00:00Z",
  newestIdBefore: 40,
};
const deposit: Deposit = {
  transactionId: 41,
  amount: 500,
  startedAt: attempt.startedAt,
  notice: null,
};

const states = {
  editing: { kind: "editing", amount: null, refusal: null },
  sending: { kind: "sending", attempt, repeated: false },
  sendUnclear: { kind: "sendUnclear", attempt, reason: "timeout", retryAt: null },
  awaitingPin: {
    kind: "awaitingPin",
    deposit,
    message: "m",
    promptExpiresAt: NOW + 60_000,
    offline: false,
  },
  checking: { kind: "checking", deposit, message: "m", retryAt: null, offline: false },
  underReview: { kind: "underReview", deposit, message: "m" },
  succeeded: { kind: "succeeded", deposit, message: "m", transaction: null, balance: null },
  failed: { kind: "failed", deposit, resultCode: "1032", message: "m", retryAt: null },
} satisfies { [Kind in DepositState["kind"]]: Extract<DepositState, { kind: Kind }> };

function read(changes: Partial<TransactionStatus>): DepositEvent {
  const status: TransactionStatus = {
    id: 41,
    status: "PENDING",
    result_code: null,
    customer_message: "from the server",
    next_poll_after: 2,
    retry_after: null,
    prompt_expires_at: null,
    ...changes,
  };
  return { type: "statusRead", status, now: NOW, serverNow: NOW };
}

const COMPLETED = read({ status: "COMPLETED", next_poll_after: null });
const FAILED = read({
  status: "FAILED",
  result_code: "1037",
  next_poll_after: null,
  retry_after: 60,
});
const OPEN_PROMPT = read({ prompt_expires_at: "2026-11-23T10:01:00Z" });
const OVER_PROMPT = read({ prompt_expires_at: "2026-11-23T09:59:00Z" });
const REVIEW = read({ next_poll_after: null });
const OTHER = read({ id: 99, status: "COMPLETED" });

type Kind = DepositState["kind"];

describe("reduceDeposit", () => {
  const refused: DepositEvent = {
    type: "refused",
    refusal: { code: "x", customerMessage: null, fieldMessage: null, retryAt: null },
  };
  const lost: DepositEvent = { type: "lost", reason: "timeout", retryAt: null };
  const accepted: DepositEvent = { type: "accepted", transactionId: 41, message: "m" };
  const unknown: DepositEvent = { type: "outcomeUnknown", transactionId: 41, message: "m" };

  // From each state, by each event, to which state.
  const table: Record<Kind, [string, DepositEvent, Kind][]> = {
    editing: [
      ["a tap sends", { type: "submitted", attempt }, "sending"],
      ["a remembered attempt is unclear, not lost", { type: "resumed", attempt }, "sendUnclear"],
      ["a status is nobody's", COMPLETED, "editing"],
      ["an answer to nothing is ignored", accepted, "editing"],
    ],
    sending: [
      [
        "a second tap changes nothing",
        { type: "submitted", attempt: { ...attempt, key: "other" } },
        "sending",
      ],
      ["200 waits for the PIN", accepted, "awaitingPin"],
      ["202 is checked, never failed", unknown, "checking"],
      ["a clear no goes back to the form", refused, "editing"],
      ["no answer is unclear, never failed", lost, "sendUnclear"],
      ["success needs a known deposit", COMPLETED, "sending"],
    ],
    sendUnclear: [
      ["a tap sends again", { type: "submitted", attempt }, "sending"],
      ["found on the list, it is followed", { type: "adopted", deposit }, "checking"],
      ["time alone decides nothing", { type: "promptExpired" }, "sendUnclear"],
    ],
    awaitingPin: [
      ["COMPLETED is success", COMPLETED, "succeeded"],
      ["FAILED is failure", FAILED, "failed"],
      ["the prompt stays open", OPEN_PROMPT, "awaitingPin"],
      ["an over prompt is checked", OVER_PROMPT, "checking"],
      ["the countdown's end is not failure", { type: "promptExpired" }, "checking"],
      ["no poll left means a person looks", REVIEW, "underReview"],
      ["no network changes nothing", { type: "statusUnread" }, "awaitingPin"],
      ["another deposit's news is ignored", OTHER, "awaitingPin"],
      ["a tap cannot pay twice", { type: "submitted", attempt }, "awaitingPin"],
    ],
    checking: [
      ["COMPLETED is success", COMPLETED, "succeeded"],
      ["FAILED is failure", FAILED, "failed"],
      ["a prompt may be open after all", OPEN_PROMPT, "awaitingPin"],
      ["no network changes nothing", { type: "statusUnread" }, "checking"],
      ["a tap cannot pay twice", { type: "submitted", attempt }, "checking"],
    ],
    underReview: [
      ["the person decided", COMPLETED, "succeeded"],
      ["the person refused", FAILED, "failed"],
      ["still open", REVIEW, "underReview"],
      ["a tap cannot pay twice", { type: "submitted", attempt }, "underReview"],
    ],
    succeeded: [
      ["success stays", FAILED, "succeeded"],
      ["also against a late pending", OPEN_PROMPT, "succeeded"],
      ["a new one begins at the form", { type: "reset" }, "editing"],
    ],
    failed: [
      ["a late success counts", COMPLETED, "succeeded"],
      ["a late pending does not", OPEN_PROMPT, "failed"],
      ["trying again begins at the form", { type: "reset", amount: 500 }, "editing"],
    ],
  };

  for (const [from, rows] of Object.entries(table) as [Kind, [string, DepositEvent, Kind][]][]) {
    it.each(rows)(`${from}: %s`, (_name, event, to) => {
      expect(reduceDeposit(states[from], event).kind).toBe(to);
    });
  }

  it("keeps the amount when a push is refused or tried again", () => {
    expect(reduceDeposit(states.sending, refused)).toMatchObject({ amount: 500 });
    expect(reduceDeposit(states.failed, { type: "reset", amount: 500 })).toMatchObject({
      amount: 500,
    });
  });

  it("marks a second sending of the same attempt", () => {
    expect(reduceDeposit(states.sendUnclear, { type: "submitted", attempt })).toMatchObject({
      repeated: true,
    });
  });

  it("counts retry_after from now", () => {
    expect(reduceDeposit(states.awaitingPin, FAILED)).toMatchObject({
      retryAt: NOW + 60_000,
      resultCode: "1037",
    });
  });

  it("tells that the network is gone until an answer comes", () => {
    const gone = reduceDeposit(states.awaitingPin, { type: "statusUnread" });
    expect(gone).toMatchObject({ offline: true });
    expect(reduceDeposit(gone, OPEN_PROMPT)).toMatchObject({ offline: false });
  });

  it("fills the receipt of its own deposit only", () => {
    const transaction = buildTransaction({ status: "COMPLETED" });
    const own = reduceDeposit(states.succeeded, {
      type: "detailsRead",
      transaction,
      balance: "500.00",
    });
    expect(own).toMatchObject({ balance: "500.00" });
    const other: DepositEvent = {
      type: "detailsRead",
      transaction: { ...transaction, id: 99 },
      balance: "1.00",
    };
    expect(reduceDeposit(states.succeeded, other)).toBe(states.succeeded);
  });
});

describe("what a state means", () => {
  it.each(Object.values(states))("$kind is either open, under way or final", (state) => {
    const final = state.kind === "succeeded" || state.kind === "failed";
    expect(isFinal(state)).toBe(final);
    expect(isUnderWay(state)).toBe(!final && state.kind !== "editing");
  });

  it("follows only deposits whose end is open", () => {
    const followed = Object.values(states).filter((state) => getFollowedDeposit(state) !== null);
    expect(followed.map(({ kind }) => kind)).toEqual(["awaitingPin", "checking", "underReview"]);
  });
});

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
    ["idempotency_in_progress", 409, "stillStarting"],
  ])("%s leaves it unclear whether the request went out", (code, status, reason) => {
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
    ["mpesa_rejected", 502],
    ["mpesa_unavailable", 503],
    ["mpesa_busy", 503],
    ["api_unreachable", 502],
  ])("%s is a clear no", (code, status) => {
    expect(interpretPushError(new ApiError(status, code), first)).toMatchObject({
      type: "refused",
    });
  });

  it.each([
    ["rate_limited", 429],
    ["not_authenticated", 401],
    ["csrf_failed", 403],
    ["api_unreachable", 502],
  ])("%s to a repeat says nothing of the first sending", (code, status) => {
    expect(interpretPushError(new ApiError(status, code), again)).toMatchObject({ type: "lost" });
  });

  it("lets a smaller amount follow a limit at once, but waits for a busy phone", () => {
    const limit = interpretPushError(
      new ApiError(429, "limit_exceeded", { retryAfter: 3600 }),
      first,
    );
    const busy = interpretPushError(
      new ApiError(409, "subscriber_busy", { retryAfter: 60 }),
      first,
    );
    expect(limit).toMatchObject({ refusal: { retryAt: null } });
    expect(busy).toMatchObject({ refusal: { retryAt: NOW + 60_000 } });
  });

  it("puts an amount's fault beside the amount", () => {
    const error = new ApiError(400, "invalid_amount", { customerMessage: "Too much." });
    expect(interpretPushError(error, first)).toMatchObject({
      refusal: { fieldMessage: "Too much." },
    });
  });
});

describe("findAttempt", () => {
  const older = buildTransaction({ id: 40 });
  const other = buildTransaction({ id: 42, amount: 700 });
  const own = buildTransaction({ id: 41 });

  it("takes a newer transaction of the same amount", () => {
    expect(findAttempt(attempt, [other, own, older])).toBe(own);
  });

  it("takes none that was there before, nor any when nothing is known of before", () => {
    expect(findAttempt(attempt, [other, older])).toBeNull();
    expect(findAttempt({ ...attempt, newestIdBefore: null }, [own])).toBeNull();
  });
});
