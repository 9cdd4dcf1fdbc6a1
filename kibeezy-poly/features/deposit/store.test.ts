import { beforeEach, describe, expect, it, vi } from "vitest";
import { readStoredDeposit, writeStoredDeposit } from "@/features/deposit/persist";
import type { Attempt, Deposit, DepositEvent, StatusAnswer } from "@/features/deposit/states";
import { createDepositStore, type DepositStore } from "@/features/deposit/store";
import { buildTransaction } from "@/test/handlers";

const USER = 7;
const NOW = Date.now();
const attempt: Attempt = {
  key: "k",
  amount: 500,
  startedAt: new Date(NOW).toISOString(),
  newestIdBefore: 40,
};
const deposit: Deposit = {
  transactionId: 41,
  amount: 500,
  startedAt: attempt.startedAt,
  notice: null,
};
/** A deposit that another tab has sent and that has no answer yet. */
const others = {
  ...attempt,
  key: "other",
  sent: true,
  transactionId: null,
  minimised: false,
  earlier: [],
};

const read = (): ReturnType<typeof readStoredDeposit> => readStoredDeposit(USER);

function open(): DepositStore {
  return createDepositStore(USER, null);
}

function send(store: DepositStore, ...events: DepositEvent[]): void {
  for (const event of events) store.dispatch(event);
}

function status(changes: Partial<StatusAnswer>): DepositEvent {
  const answer: StatusAnswer = {
    id: 41,
    status: "PENDING",
    result_code: null,
    customer_message: "",
    next_poll_after: 2,
    retry_after: null,
    prompt_expires_at: null,
    money: "unknown",
    ...changes,
  };
  return { type: "statusRead", status: answer, now: NOW, serverNow: NOW };
}

const REVIEWED: DepositEvent = { type: "reviewed", attempt };
const SUBMITTED: DepositEvent = { type: "submitted", attempt };
const ACCEPTED: DepositEvent = { type: "accepted", transactionId: 41, message: "m" };
const LOST: DepositEvent = { type: "lost", reason: "timeout", retryAt: null };
const COMPLETED = status({ status: "COMPLETED", next_poll_after: null });
const FAILED = status({ status: "FAILED", next_poll_after: null });
const ADOPTED: DepositEvent = { type: "adopted", deposit: { ...deposit, transactionId: 99 } };
const REFUSED: DepositEvent = {
  type: "refused",
  rejection: {
    code: "kyc_required",
    customerMessage: null,
    money: "not_moved",
    fieldMessage: null,
    retryAt: null,
    transactionId: null,
  },
};

describe("the store of a deposit", () => {
  let store: DepositStore;

  beforeEach(() => {
    store = open();
  });

  it("has stored the key by the time the request may leave", () => {
    send(store, REVIEWED);
    expect(read()).toMatchObject({ key: "k", sent: false });
    store.subscribe(() => {
      // Subscribers, such as the view, are told after the key was stored.
      expect(read()).toMatchObject({ key: "k", sent: true });
    });
    send(store, SUBMITTED);
    expect(read()).toMatchObject({ key: "k", sent: true, transactionId: null });
  });

  it("sends no second request for a second tap before the view is drawn", () => {
    const seen = vi.fn();
    send(store, REVIEWED, SUBMITTED);
    store.subscribe(seen);
    send(store, SUBMITTED);
    expect(store.get().state.kind).toBe("sending");
    expect(seen).not.toHaveBeenCalled();
  });

  it.each([
    ["after the review", [REVIEWED], "confirming"],
    ["while sending", [REVIEWED, SUBMITTED], "sendUnclear"],
    ["after a lost answer", [REVIEWED, SUBMITTED, LOST], "sendUnclear"],
    ["while waiting for the PIN", [REVIEWED, SUBMITTED, ACCEPTED], "checking"],
    ["after a session that ended", [REVIEWED, SUBMITTED, { type: "signedOut" }], "confirming"],
    ["after an amount was changed", [REVIEWED, { type: "reset" }], "confirming"],
    ["after the outcome", [REVIEWED, SUBMITTED, ACCEPTED, COMPLETED], "editing"],
    ["after a failure", [REVIEWED, SUBMITTED, ACCEPTED, FAILED], "editing"],
    ["after a rejection", [REVIEWED, SUBMITTED, REFUSED], "editing"],
    ["after a closed review", [REVIEWED, { type: "closed" }], "editing"],
    ["after a closed form", [REVIEWED, { type: "reset" }, { type: "closed" }], "editing"],
  ] satisfies [string, DepositEvent[], string][])("is resumed %s", (_, events, kind) => {
    send(store, ...events);
    expect(open().get().state.kind).toBe(kind);
  });

  it("resumes a lost request with its key and the time of its last try", () => {
    const lastTryAt = new Date(NOW + 60_000).toISOString();
    send(store, REVIEWED, SUBMITTED, { ...LOST, lastTryAt });
    expect(open().get().state).toMatchObject({ attempt: { key: "k", lastTryAt } });
  });

  it("keeps the key of a deposit that the server has answered for", () => {
    // Other tabs tell by it that the attempt on their screen is this deposit.
    send(store, REVIEWED, SUBMITTED, ACCEPTED);
    expect(read()).toMatchObject({ key: "k", transactionId: 41 });
  });

  it("takes up the open deposit that a push was refused for, with its own amount", () => {
    send(store, REVIEWED, SUBMITTED, { type: "adopted", deposit: { ...deposit, amount: 200 } });
    expect(read()).toMatchObject({ transactionId: 41, amount: 200 });
  });

  it("forgets a deposit that the server does not know", () => {
    send(store, REVIEWED, SUBMITTED, ACCEPTED, { type: "gone", transactionId: 41 });
    expect(read()).toBeNull();
  });

  it("puts an open deposit aside for another one, and goes back to it", () => {
    send(store, REVIEWED, SUBMITTED, ACCEPTED, status({ prompt_expires_at: null }));
    send(store, { type: "reset" });
    expect(store.get().earlier).toMatchObject([{ transactionId: 41 }]);
    expect(open().get().state).toMatchObject({ deposit: { transactionId: 41 } });

    send(store, { type: "reviewed", attempt: { ...attempt, key: "k2" } });
    expect(read()).toMatchObject({ key: "k2", earlier: [{ transactionId: 41 }] });
    expect(open().get().earlier).toMatchObject([{ transactionId: 41 }]);

    send(store, { type: "closed" }, { type: "reopened", deposit });
    expect(read()).toMatchObject({ transactionId: 41, minimised: true });
  });

  it("does not close a deposit under way", () => {
    for (const event of [SUBMITTED, LOST, ACCEPTED]) {
      send(store, REVIEWED, event, { type: "closed" });
      expect(read()).not.toBeNull();
    }
  });

  it("stores whether the sheet is closed, and keeps that", () => {
    send(store, REVIEWED, SUBMITTED);
    store.setMinimised(true);
    send(store, ACCEPTED);
    expect(read()).toMatchObject({ minimised: true, transactionId: 41 });
  });

  it("stores nothing for a deposit that was only looked at", () => {
    send(store, ADOPTED);
    expect(read()).toBeNull();
    expect(createDepositStore(USER, buildTransaction()).get().state.kind).toBe("checking");
    expect(read()).toBeNull();
  });

  it("keeps the deposit under way when another one is looked at, and hears its outcome", () => {
    send(store, REVIEWED, SUBMITTED, ACCEPTED, ADOPTED);
    expect(read()).toMatchObject({ transactionId: 41 });
    send(store, status({ id: 99, status: "FAILED" }), { type: "closed" });
    expect(read()).toMatchObject({ transactionId: 41 });
    send(store, COMPLETED);
    expect(read()).toBeNull();
  });

  it.each([
    { type: "closed" },
    { type: "reset" },
    { type: "reopened", deposit },
    ADOPTED,
    COMPLETED,
    { type: "gone", transactionId: 41 },
    { type: "notFound", askedAt: NOW + 24 * 3_600_000, sure: true },
    REFUSED,
    LOST,
    ACCEPTED,
  ] satisfies DepositEvent[])(
    "leaves the deposit that another tab has sent alone after $type",
    (event) => {
      for (const before of [[], [REVIEWED], [REVIEWED, SUBMITTED], [REVIEWED, SUBMITTED, LOST]]) {
        const tab = open();
        send(tab, ...before);
        writeStoredDeposit(USER, others);
        send(tab, event);
        expect(read()).toEqual(others);
        writeStoredDeposit(USER, null);
      }
    },
  );

  it("writes nothing when nothing changes, so that other tabs hear nothing", () => {
    send(store, REVIEWED, SUBMITTED, ACCEPTED);
    const write = vi.spyOn(Storage.prototype, "setItem");
    send(store, status({}), status({ customer_message: "Still" }), { type: "promptExpired" });
    expect(write).not.toHaveBeenCalled();
  });

  it("works the same without a storage, and resumes nothing", () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("No", "SecurityError");
    });
    send(store, REVIEWED, SUBMITTED, ACCEPTED, COMPLETED);
    expect(store.get().state.kind).toBe("succeeded");
  });
});
