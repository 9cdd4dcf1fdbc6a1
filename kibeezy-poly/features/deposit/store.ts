/**
 * The store of the deposit on the screen. Every event goes through `dispatch`, which computes the
 * new state, stores what must survive a reload, and then updates the view. After `dispatch` returns
 * a request may be sent, since its idempotency key is stored.
 */
import { initialDeposit, reduceDeposit } from "@/features/deposit/machine";
import {
  readStoredDeposit,
  type StoredDeposit,
  updateStored,
  writeStoredDeposit,
} from "@/features/deposit/persist";
import {
  type Deposit,
  type DepositEvent,
  type DepositState,
  toDeposit,
} from "@/features/deposit/states";
import type { Transaction } from "@/lib/api";

export type Snapshot = {
  state: DepositState;
  /** Deposits that were open or failed when the one on the screen was started. */
  earlier: Deposit[];
};

export type DepositStore = {
  get: () => Snapshot;
  subscribe: (listener: () => void) => () => void;
  dispatch: (event: DepositEvent) => void;
  /** Stores whether the sheet is closed, for the next load of the page. */
  setMinimised: (minimised: boolean) => void;
};

export function createDepositStore(userId: number, resumable: Transaction | null): DepositStore {
  const listeners = new Set<() => void>();
  let snapshot = restore(readStoredDeposit(userId), resumable);

  function dispatch(event: DepositEvent) {
    const before = snapshot.state;
    const state = reduceDeposit(before, event);
    const earlier = updateEarlier(snapshot.earlier, event, before);
    // The stored deposit is read for each event, because other tabs write it too.
    const stored = readStoredDeposit(userId);
    const next = updateStored(stored, { event, before, after: state, earlier });
    if (next !== stored) writeStoredDeposit(userId, next);
    if (state === before && earlier === snapshot.earlier) return;
    snapshot = { state, earlier };
    for (const listener of listeners) listener();
  }

  return {
    get: () => snapshot,
    dispatch,
    setMinimised: (minimised) => {
      const stored = readStoredDeposit(userId);
      if (stored !== null && stored.minimised !== minimised)
        writeStoredDeposit(userId, { ...stored, minimised });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/**
 * The state at the first render: the stored deposit, else a deposit without an outcome from the
 * server's list.
 */
function restore(stored: StoredDeposit | null, resumable: Transaction | null): Snapshot {
  const earlier = stored?.earlier ?? [];
  const event = stored === null ? adopt(resumable) : toRestoreEvent(stored);
  return { state: event === null ? initialDeposit : reduceDeposit(initialDeposit, event), earlier };
}

function adopt(resumable: Transaction | null): DepositEvent | null {
  return resumable === null ? null : { type: "adopted", deposit: toDeposit(resumable) };
}

function toRestoreEvent(stored: StoredDeposit): DepositEvent {
  const { transactionId, sent, minimised: _, earlier: __, ...attempt } = stored;
  if (transactionId !== null) {
    const { amount, startedAt } = attempt;
    return { type: "adopted", deposit: { transactionId, amount, startedAt, notice: null } };
  }
  return sent ? { type: "resumed", attempt, reason: "interrupted" } : { type: "reviewed", attempt };
}

/**
 * Adds the deposit on the screen to the earlier ones when the customer sets it aside to start
 * another.
 */
function updateEarlier(earlier: Deposit[], event: DepositEvent, before: DepositState): Deposit[] {
  const isPutAside =
    event.type === "reset" || (event.type === "reviewed" && before.kind === "failed");
  if (!isPutAside || !("deposit" in before) || before.kind === "succeeded") return earlier;
  const { deposit } = before;
  return [...earlier.filter((one) => one.transactionId !== deposit.transactionId), deposit];
}
