import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type Deposit,
  type DepositEvent,
  type DepositState,
  findAttempt,
  getAmount,
  getFollowedDeposit,
  isAbsent,
  isFinal,
  isUnderWay,
  type Rejection,
  type StatusAnswer,
} from "@/features/deposit/states";
import { initialDeposit, reduceDeposit } from "@/features/deposit/machine";
import type { Transaction } from "@/lib/api";
import { buildTransaction } from "@/test/handlers";

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

const rejection: Rejection = {
  code: "kyc_required",
  customerMessage: "no",
  money: "not_moved",
  fieldMessage: null,
  retryAt: null,
  transactionId: null,
};

const states = {
  editing: { kind: "editing", amount: null, error: null },
  confirming: { kind: "confirming", attempt },
  sending: { kind: "sending", attempt, repeated: false },
  sendUnclear: {
    kind: "sendUnclear",
    attempt,
    reason: "timeout",
    retryAt: null,
    missing: false,
    endedAt: null,
  },
  refused: { kind: "refused", amount: 500, rejection },
  providerDown: { kind: "providerDown", amount: 500, message: null, retryAt: null, watch: "off" },
  awaitingPin: {
    kind: "awaitingPin",
    deposit,
    message: "m",
    promptExpiresAt: NOW + 60_000,
    outage: null,
  },
  checking: {
    kind: "checking",
    deposit,
    message: "m",
    answered: true,
    retryAt: null,
    late: false,
    stoppedPolling: false,
    outage: null,
  },
  underReview: { kind: "underReview", deposit, message: "m" },
  succeeded: { kind: "succeeded", deposit, message: "m", transaction: null, balance: null },
  failed: {
    kind: "failed",
    deposit,
    resultCode: "1032",
    money: "not_moved",
    message: "m",
    retryAt: null,
    transaction: null,
  },
} satisfies { [Kind in DepositState["kind"]]: Extract<DepositState, { kind: Kind }> };

function read(changes: Partial<StatusAnswer>, serverNow = NOW): DepositEvent {
  const status: StatusAnswer = {
    id: 41,
    status: "PENDING",
    result_code: null,
    customer_message: "from the server",
    next_poll_after: 2,
    retry_after: null,
    prompt_expires_at: null,
    money: "unknown",
    ...changes,
  };
  return { type: "statusRead", status, now: NOW, serverNow };
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

const events = {
  reset: { type: "reset", amount: 500 },
  closed: { type: "closed" },
  reopened: { type: "reopened", deposit },
  gone: { type: "gone", transactionId: 41 },
  goneOther: { type: "gone", transactionId: 99 },
  reviewed: { type: "reviewed", attempt },
  submitted: { type: "submitted", attempt },
  resumed: { type: "resumed", attempt, reason: "interrupted" },
  accepted: { type: "accepted", transactionId: 41, message: "m" },
  outcomeUnknown: { type: "outcomeUnknown", transactionId: 41, message: "m" },
  refused: { type: "refused", rejection },
  refusedAmount: { type: "refused", rejection: { ...rejection, fieldMessage: "Too much." } },
  refusedBusy: { type: "refused", rejection: { ...rejection, code: "mpesa_busy" } },
  signedOut: { type: "signedOut" },
  lost: { type: "lost", reason: "timeout", retryAt: null },
  notFound: { type: "notFound", askedAt: NOW + 5000, sure: true },
  // A day later the server has forgotten the key, so only the list can be searched.
  notFoundLate: { type: "notFound", askedAt: NOW + 24 * 3_600_000, sure: false },
  endedElsewhere: { type: "endedElsewhere", at: NOW },
  providerWentDown: { type: "providerWentDown" },
  watchWanted: { type: "watchWanted" },
  providerRecovered: { type: "providerRecovered" },
  adopted: { type: "adopted", deposit },
  amountRead: { type: "amountRead", transactionId: 41, amount: 200 },
  COMPLETED,
  FAILED,
  OPEN_PROMPT,
  OVER_PROMPT,
  REVIEW,
  OTHER,
  pollFailed: { type: "pollFailed", outage: "network" },
  pollingStopped: { type: "pollingStopped" },
  promptExpired: { type: "promptExpired" },
  details: {
    type: "detailsRead",
    transaction: buildTransaction({ status: "FAILED" }),
    balance: null,
  },
  lateDetails: {
    type: "detailsRead",
    transaction: buildTransaction({ status: "COMPLETED" }),
    balance: "500.00",
  },
} satisfies Record<string, DepositEvent>;

type EventName = keyof typeof events;

// The next state for each state and event; an event that is not named changes nothing.
const ANYWHERE = { reset: "editing", adopted: "checking" } as const;
const ANSWERS = {
  COMPLETED: "succeeded",
  FAILED: "failed",
  OPEN_PROMPT: "awaitingPin",
  OVER_PROMPT: "checking",
  REVIEW: "underReview",
} as const;
const REST = {
  ...ANYWHERE,
  closed: "editing",
  reviewed: "confirming",
  resumed: "sendUnclear",
} as const;
const FOLLOWED = { ...ANYWHERE, ...ANSWERS, gone: "editing" } as const;

const moves: Record<Kind, Partial<Record<EventName, Kind>>> = {
  editing: { ...REST, reopened: "checking" },
  confirming: { ...REST, submitted: "sending", providerWentDown: "providerDown" },
  sending: {
    ...ANYWHERE,
    accepted: "awaitingPin",
    outcomeUnknown: "checking",
    refused: "refused",
    refusedAmount: "editing",
    refusedBusy: "providerDown",
    signedOut: "confirming",
    lost: "sendUnclear",
  },
  sendUnclear: { ...ANYWHERE, submitted: "sending", notFoundLate: "editing" },
  refused: REST,
  providerDown: REST,
  awaitingPin: { ...FOLLOWED, promptExpired: "checking", pollingStopped: "checking" },
  checking: FOLLOWED,
  underReview: { ...FOLLOWED, closed: "editing" },
  // No late answer changes a success.
  succeeded: REST,
  failed: { ...REST, COMPLETED: "succeeded", lateDetails: "succeeded" },
};

const cases = (Object.keys(states) as Kind[]).flatMap((from) =>
  (Object.keys(events) as EventName[]).map((event): [Kind, EventName, Kind] => [
    from,
    event,
    moves[from][event] ?? from,
  ]),
);

describe("reduceDeposit", () => {
  it.each(cases)("%s, %s: %s", (from, event, to) => {
    expect(reduceDeposit(states[from], events[event]).kind).toBe(to);
  });

  it("never succeeds without COMPLETED, nor fails without FAILED, in any sequence", () => {
    // A plain generator of numbers, so that the walk is the same each time.
    let seed = 7;
    const pick = <T>(list: readonly T[]): T => {
      seed = (seed * 48_271) % 2_147_483_647;
      return list[seed % list.length]!;
    };
    const names = Object.keys(events) as EventName[];
    let state: DepositState = initialDeposit;
    for (let step = 0; step < 20_000; step += 1) {
      const name = pick(names);
      const next = reduceDeposit(state, events[name]);
      if (next.kind === "succeeded" && state.kind !== "succeeded")
        expect(["COMPLETED", "lateDetails"]).toContain(name);
      if (next.kind === "failed" && state.kind !== "failed") expect(name).toBe("FAILED");
      // Only the server's answer or the customer's tap ends a deposit that may be under way.
      if (isUnderWay(state) && !isUnderWay(next))
        expect(name).toMatch(
          /^(reset|closed|gone|refused.*|signedOut|notFound.*|COMPLETED|FAILED)$/,
        );
      state = next;
    }
  });

  it("sends nothing that was not reviewed, and nothing beside a deposit under way", () => {
    const leadsToSending = cases.filter(([from, , to]) => to === "sending" && from !== "sending");
    expect(leadsToSending.map(([from, event]) => [from, event])).toEqual([
      ["confirming", "submitted"],
      ["sendUnclear", "submitted"],
    ]);
  });

  it("was not sent when the server does not have it and no request can still arrive", () => {
    const ask = (state: DepositState, changes: Partial<{ askedAt: number; sure: boolean }>) =>
      reduceDeposit(state, { type: "notFound", askedAt: NOW + 121_000, sure: true, ...changes });
    expect(ask(states.sendUnclear, {})).toMatchObject({ missing: true });
    expect(ask(states.sendUnclear, { askedAt: NOW + 119_000 })).toMatchObject({ missing: false });
    expect(ask(states.sendUnclear, { sure: false })).toMatchObject({ missing: false });

    const lastTryAt = new Date(NOW + 60_000).toISOString();
    const lost = { type: "lost", reason: "timeout", retryAt: null, lastTryAt } as const;
    expect(ask(reduceDeposit(states.sending, lost), {})).toMatchObject({ missing: false });
  });

  it("searches once more for an attempt that another tab has ended, and does not send it again", () => {
    const ended = reduceDeposit(states.sendUnclear, events.endedElsewhere);
    expect(ended).toMatchObject({ kind: "sendUnclear", reason: "elsewhere" });
    expect(reduceDeposit(ended, events.notFound).kind).toBe("editing");
    // The search was under way when the other tab's request may have arrived.
    const older: DepositEvent = { type: "notFound", askedAt: NOW - 1, sure: true };
    expect(reduceDeposit(ended, older)).toBe(ended);
  });

  it("keeps the amount when a push is refused or tried again", () => {
    for (const name of ["refused", "refusedAmount", "refusedBusy", "signedOut"] as const)
      expect(getAmount(reduceDeposit(states.sending, events[name]))).toBe(500);
    expect(getAmount(reduceDeposit(states.failed, events.reset))).toBe(500);
  });

  it("marks a repeated request of the same attempt", () => {
    expect(reduceDeposit(states.sendUnclear, events.submitted)).toMatchObject({ repeated: true });
    expect(reduceDeposit(states.confirming, events.submitted)).toMatchObject({ repeated: false });
  });

  it("shows an error about the amount beside the amount", () => {
    expect(reduceDeposit(states.sending, events.refusedAmount)).toMatchObject({
      amount: 500,
      error: "Too much.",
    });
  });

  it("counts retry_after from now", () => {
    expect(reduceDeposit(states.awaitingPin, FAILED)).toMatchObject({
      retryAt: NOW + 60_000,
      resultCode: "1037",
    });
  });

  describe("an open prompt", () => {
    const open = (serverNow: number, changes: Partial<StatusAnswer> = {}) =>
      reduceDeposit(
        states.awaitingPin,
        read({ prompt_expires_at: "2026-11-23T10:03:00Z", retry_after: 60, ...changes }, serverNow),
      );

    it("counts down to the end of the prompt on the phone, or to the server's end if that is sooner", () => {
      const dropped = Date.parse("2026-11-23T10:01:30Z");
      expect(open(NOW)).toMatchObject({ promptExpiresAt: dropped });
      expect(open(NOW, { prompt_expires_at: "2026-11-23T10:01:00Z" })).toMatchObject({
        promptExpiresAt: Date.parse("2026-11-23T10:01:00Z"),
      });
    });

    it("changes to checking with our sentence, and offers no second deposit before the server does", () => {
      expect(reduceDeposit(states.awaitingPin, events.promptExpired)).toMatchObject({
        kind: "checking",
        answered: false,
      });
      expect(open(NOW + 91_000)).toMatchObject({
        kind: "checking",
        message: "",
        late: true,
        retryAt: NOW + 60_000,
      });
    });

    it("stays unclear after 202, until M-PESA is known to have taken the push", () => {
      const sent = reduceDeposit(states.sending, {
        type: "outcomeUnknown",
        transactionId: 41,
        message: "We are checking.",
      });
      expect(sent).toMatchObject({ kind: "checking", message: "We are checking." });
      const answer = { prompt_expires_at: "2026-11-23T10:01:00Z", retry_after: 60 };
      const polled = reduceDeposit(sent, read({ ...answer, customer_message: "We are checking." }));
      expect(polled).toMatchObject({ kind: "checking", message: "We are checking." });
      const taken = reduceDeposit(polled, read({ ...answer, checkout_request_id: "ws_CO_41" }));
      expect(taken).toMatchObject({ kind: "awaitingPin" });
    });

    it("is unclear after a reload too, by the whole deposit", () => {
      expect(open(NOW, { checkout_request_id: null })).toMatchObject({ kind: "checking" });
    });

    it("shows no time by a clock that is hours wrong, as long as the server keeps it open", () => {
      const slow = NOW - 2 * 3_600_000;
      expect(open(slow)).toMatchObject({ kind: "awaitingPin", promptExpiresAt: null });
      expect(open(slow, { retry_after: null })).toMatchObject({ kind: "checking" });
    });

    it("is counted from the created deposit, not from a first request that was lost", () => {
      const created_at = "2026-11-23T10:05:00Z";
      const prompt_expires_at = "2026-11-23T10:08:00Z";
      expect(open(Date.parse(created_at), { created_at, prompt_expires_at })).toMatchObject({
        kind: "awaitingPin",
        promptExpiresAt: Date.parse("2026-11-23T10:06:30Z"),
        deposit: { startedAt: created_at },
      });
    });
  });

  it("shows the outage until an answer comes", () => {
    const gone = reduceDeposit(states.awaitingPin, events.pollFailed);
    expect(gone).toMatchObject({ outage: "network" });
    expect(reduceDeposit(gone, OPEN_PROMPT)).toMatchObject({ outage: null });
  });

  it("is late after 90 seconds by the server's clock, and shows when this screen stops polling", () => {
    const soon = reduceDeposit(states.checking, OVER_PROMPT);
    expect(soon).toMatchObject({ late: false });
    const later = reduceDeposit(states.checking, read({}, NOW + 91_000));
    expect(later).toMatchObject({ late: true, stoppedPolling: false });
    const stoppedPolling = reduceDeposit(later, events.pollingStopped);
    expect(stoppedPolling).toMatchObject({ kind: "checking", stoppedPolling: true });
    expect(reduceDeposit(stoppedPolling, OVER_PROMPT)).toMatchObject({ stoppedPolling: false });
  });

  it("waits for M-PESA only on request, and tells when it works again", () => {
    const watching = reduceDeposit(states.providerDown, events.watchWanted);
    expect(watching).toMatchObject({ watch: "watching" });
    expect(reduceDeposit(watching, events.providerRecovered)).toMatchObject({ watch: "back" });
  });

  it("fills the receipt of its own deposit only", () => {
    const own = reduceDeposit(states.succeeded, events.lateDetails);
    expect(own).toMatchObject({ balance: "500.00", transaction: { id: 41 } });
    const other: DepositEvent = {
      type: "detailsRead",
      transaction: buildTransaction({ id: 99, status: "COMPLETED" }),
      balance: "1.00",
    };
    expect(reduceDeposit(states.succeeded, other)).toBe(states.succeeded);
    expect(reduceDeposit(states.failed, other)).toBe(states.failed);
  });
});

describe("what a state means", () => {
  it("is under way, final, or neither", () => {
    const kinds = Object.values(states);
    expect(kinds.filter(isUnderWay).map(({ kind }) => kind)).toEqual([
      "sending",
      "sendUnclear",
      "awaitingPin",
      "checking",
      "underReview",
    ]);
    expect(kinds.filter(isFinal).map(({ kind }) => kind)).toEqual(["succeeded", "failed"]);
  });

  it("follows only deposits whose outcome is open", () => {
    const followed = Object.values(states).filter((state) => getFollowedDeposit(state) !== null);
    expect(followed.map(({ kind }) => kind)).toEqual(["awaitingPin", "checking", "underReview"]);
  });
});

describe("findAttempt", () => {
  const page = (results: Transaction[], next: string | null = null) => ({
    next,
    previous: null,
    results,
  });
  const older = buildTransaction({ id: 40, created_at: "2026-11-23T10:00:01Z" });
  const other = buildTransaction({ id: 42, amount: 700, created_at: "2026-11-23T10:00:01Z" });
  const own = buildTransaction({ id: 41, created_at: "2026-11-23T09:59:55Z" });

  it("finds a newer transaction of the same amount", () => {
    expect(findAttempt(attempt, [other, own, older])).toBe(own);
  });

  it("finds none that was there before, and none when nothing is known of before", () => {
    expect(findAttempt(attempt, [other, older])).toBeNull();
    expect(findAttempt({ ...attempt, newestIdBefore: null }, [own])).toBeNull();
  });

  it("finds none that was created before the attempt, which the page had not seen", () => {
    const missed = { ...own, created_at: "2026-11-23T09:59:45Z" };
    expect(findAttempt(attempt, [missed])).toBeNull();
    // Clocks may be wrong, so this does not prove that the attempt did not arrive.
    expect(isAbsent(attempt, page([missed]))).toBe(false);
  });

  it("proves its absence only by a list that goes back to before it", () => {
    expect(isAbsent(attempt, page([other, older], "next"))).toBe(true);
    expect(isAbsent(attempt, page([other]))).toBe(true);
    expect(isAbsent(attempt, page([other], "next"))).toBe(false);
    expect(isAbsent(attempt, page([own, older]))).toBe(false);
  });
});
