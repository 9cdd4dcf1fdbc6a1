/** The states of a deposit on this screen, and the events that change them; pure. `machine.ts` is the reducer. */
import type { Transaction, TransactionPage, TransactionStatus } from "@/lib/api";
import type { Money } from "@/lib/errors";

/** One reviewed deposit. Every request for it carries the same idempotency key, so it stays one deposit. */
export type Attempt = {
  key: string;
  amount: number;
  /** When it was first sent; before that, when the review began. */
  startedAt: string;
  /** The id of the newest transaction known before it was sent; a newer one of the same amount is this one. */
  newestIdBefore: number | null;
  /** The last time a request for it may have been under way, when later than `startedAt`: sent again, or the answer was lost. */
  lastTryAt?: string;
};

/** A deposit that the server has confirmed to exist. */
export type Deposit = {
  transactionId: number;
  amount: number;
  startedAt: string;
  /** The server's reason for showing this deposit when the customer asked for another one. */
  notice: string | null;
};

export type UnclearReason =
  "timeout" | "offline" | "noAnswer" | "stillStarting" | "interrupted" | "otherTab" | "elsewhere";

/** The push was refused before anything reached the phone. */
export type Rejection = {
  code: string;
  customerMessage: string | null;
  money: Money;
  /** An error to show beside the amount field. */
  fieldMessage: string | null;
  retryAt: number | null;
  /** The deposit that this rejection failed, if one had been created. */
  transactionId: number | null;
};

/** While M-Pesa is down: whether the customer asked to be told when it works again, and whether it does. */
export type Watch = "off" | "watching" | "back";

/** Why the last status request got no answer: no network, or our service is unavailable. */
export type Outage = "network" | "service";

export type DepositState =
  | { kind: "editing"; amount: number | null; error: string | null }
  | { kind: "confirming"; attempt: Attempt }
  | { kind: "sending"; attempt: Attempt; repeated: boolean }
  | {
      kind: "sendUnclear";
      attempt: Attempt;
      reason: UnclearReason;
      retryAt: number | null;
      /** The server does not have it, and no request for it can still arrive. */
      missing: boolean;
      /** When another tab ended it: an answer to an older search says nothing. */
      endedAt: number | null;
    }
  | { kind: "refused"; amount: number; rejection: Rejection }
  | {
      kind: "providerDown";
      amount: number;
      message: string | null;
      retryAt: number | null;
      watch: Watch;
    }
  | {
      kind: "awaitingPin";
      deposit: Deposit;
      message: string;
      promptExpiresAt: number | null;
      outage: Outage | null;
    }
  | {
      kind: "checking";
      deposit: Deposit;
      message: string;
      /** The server has answered about its status; until then no second deposit is offered. */
      answered: boolean;
      retryAt: number | null;
      /** It takes longer than usual. */
      late: boolean;
      /** This screen no longer polls automatically. */
      stoppedPolling: boolean;
      outage: Outage | null;
    }
  | { kind: "underReview"; deposit: Deposit; message: string }
  | {
      kind: "succeeded";
      deposit: Deposit;
      message: string;
      transaction: Transaction | null;
      balance: string | null;
    }
  | {
      kind: "failed";
      deposit: Deposit;
      resultCode: string | null;
      money: Money;
      message: string;
      retryAt: number | null;
      transaction: Transaction | null;
    };

/** States whose outcome is still open. */
export type ProgressState = Extract<
  DepositState,
  { kind: "sending" | "sendUnclear" | "awaitingPin" | "checking" | "underReview" }
>;

/** The first answer about a deposit also has its start time. */
export type StatusAnswer = TransactionStatus & { created_at?: string };

export type DepositEvent =
  /** Back to the form; the deposit on the screen is put aside for another one. */
  | { type: "reset"; amount?: number | null }
  /** The sheet was closed. */
  | { type: "closed" }
  /** The sheet goes back to a deposit that was put aside and is still open. */
  | { type: "reopened"; deposit: Deposit }
  /** The server does not know the deposit. */
  | { type: "gone"; transactionId: number }
  | { type: "reviewed"; attempt: Attempt }
  | { type: "submitted"; attempt: Attempt }
  | { type: "resumed"; attempt: Attempt; reason: UnclearReason }
  | { type: "accepted"; transactionId: number; message: string }
  | { type: "outcomeUnknown"; transactionId: number; message: string }
  | { type: "refused"; rejection: Rejection }
  /** The push was refused because the session has ended: back to the review. */
  | { type: "signedOut" }
  | { type: "lost"; reason: UnclearReason; retryAt: number | null; lastTryAt?: string }
  /** The server's list does not show it; `sure` when the list goes back far enough to prove that. */
  | { type: "notFound"; askedAt: number; sure: boolean }
  /** Another tab has deleted or replaced the attempt that this tab still shows. */
  | { type: "endedElsewhere"; at: number }
  | { type: "providerWentDown" }
  | { type: "watchWanted" }
  | { type: "providerRecovered" }
  | { type: "adopted"; deposit: Deposit }
  | { type: "amountRead"; transactionId: number; amount: number }
  | { type: "statusRead"; status: StatusAnswer; now: number; serverNow: number }
  | { type: "pollFailed"; outage: Outage }
  | { type: "pollingStopped" }
  | { type: "promptExpired" }
  | { type: "detailsRead"; transaction: Transaction; balance: string | null };

export type Final = Extract<DepositState, { kind: "succeeded" | "failed" }>;

/** True once the server has given the outcome. */
export function isFinal(state: DepositState): state is Final {
  return state.kind === "succeeded" || state.kind === "failed";
}

/** True while money may move, so that closing the sheet only minimises it. */
export function isUnderWay(state: DepositState): boolean {
  return state.kind === "sending" || state.kind === "sendUnclear" || isFollowed(state);
}

type Followed = Extract<DepositState, { kind: "awaitingPin" | "checking" | "underReview" }>;

function isFollowed(state: DepositState): state is Followed {
  return state.kind === "awaitingPin" || state.kind === "checking" || state.kind === "underReview";
}

/** The deposit whose status is polled: known to the server, outcome open. */
export function getFollowedDeposit(state: DepositState): Deposit | null {
  return isFollowed(state) ? state.deposit : null;
}

export function getAmount(state: DepositState): number | null {
  if ("deposit" in state) return state.deposit.amount;
  return "attempt" in state ? state.attempt.amount : state.amount;
}

export function toDeposit(transaction: Transaction, notice: string | null = null): Deposit {
  const { id, amount, created_at } = transaction;
  return { transactionId: id, amount, startedAt: created_at, notice };
}

// This device's estimate of the server's clock is right to a few seconds.
const CLOCK_SLACK_MS = 10_000;

/** The transaction of an attempt whose answer was lost, if the list shows it. */
export function findAttempt(attempt: Attempt, transactions: Transaction[]): Transaction | null {
  // A newer id alone is no proof: the page may not have seen an older deposit of this amount, such as a refused one.
  const earliest = Date.parse(attempt.startedAt) - CLOCK_SLACK_MS;
  const candidates = transactions.filter((txn) => mayBe(attempt, txn));
  return candidates.find((txn) => Date.parse(txn.created_at) >= earliest) ?? null;
}

/** True when the list proves that the server does not have the attempt. Uses ids only, since clocks may be wrong. */
export function isAbsent(attempt: Attempt, { next, results }: TransactionPage): boolean {
  const before = attempt.newestIdBefore ?? 0;
  const reachesBack = next === null || results.some(({ id }) => id <= before);
  return reachesBack && !results.some((txn) => mayBe(attempt, txn));
}

// How long a request may still be under way: our own time limit is 30 s, those of proxies a minute at most.
const REQUEST_LIFE_MS = 2 * 60_000;
// The server forgets an idempotency key after 24 h. Sent later, the same key would create a second deposit.
const KEY_LIFE_MS = 23 * 3_600_000;

export function getLastTryMs({ startedAt, lastTryAt }: Attempt): number {
  return Date.parse(lastTryAt ?? startedAt);
}

/** True while a request for it may still arrive at the server. */
export function mayArrive(attempt: Attempt, now: number): boolean {
  return now - getLastTryMs(attempt) < REQUEST_LIFE_MS;
}

export function isKeyOld({ startedAt }: Attempt, now: number): boolean {
  return now - Date.parse(startedAt) > KEY_LIFE_MS;
}

type Unclear = Extract<DepositState, { kind: "sendUnclear" }>;

/** False when sending again could create a second deposit; then only the list may be searched. */
export function mayResend({ reason, attempt }: Unclear, now: number): boolean {
  return reason !== "elsewhere" && !isKeyOld(attempt, now);
}

function mayBe({ amount, newestIdBefore }: Attempt, txn: Transaction): boolean {
  return newestIdBefore !== null && txn.id > newestIdBefore && txn.amount === amount;
}
