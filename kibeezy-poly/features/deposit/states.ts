/**
 * The states of a deposit on this screen, and the events that change them; types and pure
 * functions. The reducer is in `machine.ts`.
 */
import type { Transaction, TransactionPage, TransactionStatus } from "@/lib/api";
import type { Money } from "@/lib/errors";

/**
 * A reviewed deposit that the server may not know yet. All its requests carry the same idempotency
 * key, so they create only one deposit.
 */
export type Attempt = {
  key: string;
  amount: number;
  /** When the attempt was first sent; before that, when the review began. */
  startedAt: string;
  /**
   * The newest transaction's id known before sending; null: none is known. A newer transaction of
   * the same amount is taken to be this attempt's.
   */
  newestIdBefore: number | null;
  /**
   * The last moment at which a request of this attempt may have been under way, if later than
   * `startedAt`: when it was sent again, or when its answer was lost.
   */
  lastTryAt?: string;
};

/** A deposit that the server has confirmed to exist. */
export type Deposit = {
  transactionId: number;
  amount: number;
  startedAt: string;
  /**
   * The server's reason why it shows this deposit although the customer asked for another one;
   * null: no such case.
   */
  notice: string | null;
  /** True if M-Pesa gave no clear answer to the push, so the prompt may not be on the phone. */
  unclear?: boolean;
};

export type UnclearReason =
  "timeout" | "offline" | "noAnswer" | "stillStarting" | "interrupted" | "otherTab" | "elsewhere";

/** An error answer to a push: no prompt was sent. */
export type Rejection = {
  code: string;
  customerMessage: string | null;
  money: Money;
  /** The error to show beside the amount field; null if the amount is not the cause. */
  fieldMessage: string | null;
  retryAt: number | null;
  /** The id of the deposit that the server had created and then failed; null if it created none. */
  transactionId: number | null;
};

/**
 * Whether the customer waits to be told that M-Pesa works again: no ("off"), yes, or M-Pesa works
 * again ("back").
 */
export type Watch = "off" | "watching" | "back";

/** Why the last status request failed: the phone has no network, or our service is unavailable. */
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
      /**
       * True if the server has no deposit of this attempt, and no request of it can still arrive.
       */
      missing: boolean;
      /**
       * When another tab ended the attempt; null if none did. An answer of the search for the
       * attempt's deposit counts only if it was requested after that.
       */
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
      /**
       * True once the server has answered about the status; before that no second deposit is
       * offered.
       */
      answered: boolean;
      retryAt: number | null;
      /** True once the deposit takes longer than usual. */
      late: boolean;
      /** True once this screen has stopped polling automatically. */
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

/** States without a final outcome. */
export type ProgressState = Extract<
  DepositState,
  { kind: "sending" | "sendUnclear" | "awaitingPin" | "checking" | "underReview" }
>;

/** The first answer about a deposit also holds its start time and M-Pesa's id of the push. */
export type StatusAnswer = TransactionStatus & {
  created_at?: string;
  checkout_request_id?: string | null;
};

export type DepositEvent =
  /** The customer goes back to the form; the deposit on the screen is set aside. */
  | { type: "reset"; amount?: number | null }
  /** The customer has closed the sheet. */
  | { type: "closed" }
  /** The sheet shows an earlier deposit again, which was set aside and has no outcome yet. */
  | { type: "reopened"; deposit: Deposit }
  /** The server answered that it has no such deposit. */
  | { type: "gone"; transactionId: number }
  | { type: "reviewed"; attempt: Attempt }
  | { type: "submitted"; attempt: Attempt }
  | { type: "resumed"; attempt: Attempt; reason: UnclearReason }
  | { type: "accepted"; transactionId: number; message: string }
  | { type: "outcomeUnknown"; transactionId: number; message: string }
  | { type: "refused"; rejection: Rejection }
  /** The session had ended or is another account's, so the API sent no push: back to the review. */
  | { type: "signedOut" }
  | { type: "lost"; reason: UnclearReason; retryAt: number | null; lastTryAt?: string }
  /**
   * The server's list does not hold the attempt; `sure` if the list goes back far enough to prove
   * that.
   */
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

/** True while money may move: closing the sheet then only minimises it. */
export function isUnderWay(state: DepositState): boolean {
  return state.kind === "sending" || state.kind === "sendUnclear" || isFollowed(state);
}

type Followed = Extract<DepositState, { kind: "awaitingPin" | "checking" | "underReview" }>;

function isFollowed(state: DepositState): state is Followed {
  return state.kind === "awaitingPin" || state.kind === "checking" || state.kind === "underReview";
}

/**
 * The deposit whose status is polled: known to the server, without an outcome; null in other
 * states.
 */
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

// This device estimates the server's clock; the estimate may be wrong by a few seconds.
export const CLOCK_SLACK_MS = 10_000;

/** Finds the transaction of an attempt whose answer was lost; null if the list does not hold it. */
export function findAttempt(attempt: Attempt, transactions: Transaction[]): Transaction | null {
  // A newer id alone proves nothing: the page may not have loaded an older transaction of the same
  // amount, such as a failed one. So the transaction must not be older than the attempt.
  const earliest = Date.parse(attempt.startedAt) - CLOCK_SLACK_MS;
  const candidates = transactions.filter((txn) => mayBe(attempt, txn));
  return candidates.find((txn) => Date.parse(txn.created_at) >= earliest) ?? null;
}

/**
 * True if the list proves that the server has no transaction of the attempt. Compares ids only,
 * since clocks may be wrong.
 */
export function isAbsent(attempt: Attempt, { next, results }: TransactionPage): boolean {
  const before = attempt.newestIdBefore ?? 0;
  const reachesBack = next === null || results.some(({ id }) => id <= before);
  return reachesBack && !results.some((txn) => mayBe(attempt, txn));
}

// How long a request may still be under way: the page waits 30 s for its answer, a proxy holds it
// for a minute at most.
const REQUEST_LIFE_MS = 2 * 60_000;
// The server forgets an idempotency key after 24 h. A request with the same key after that would
// create a second deposit.
const KEY_LIFE_MS = 23 * 3_600_000;

export function getLastTryMs({ startedAt, lastTryAt }: Attempt): number {
  return Date.parse(lastTryAt ?? startedAt);
}

/** True while a request of the attempt may still arrive at the server. */
export function mayArrive(attempt: Attempt, now: number): boolean {
  return now - getLastTryMs(attempt) < REQUEST_LIFE_MS;
}

export function isKeyOld({ startedAt }: Attempt, now: number): boolean {
  return now - Date.parse(startedAt) > KEY_LIFE_MS;
}

type Unclear = Extract<DepositState, { kind: "sendUnclear" }>;

/**
 * False if sending the attempt again could create a second deposit; then the page only searches the
 * server's list.
 */
export function mayResend({ reason, attempt }: Unclear, now: number): boolean {
  return reason !== "elsewhere" && !isKeyOld(attempt, now);
}

function mayBe({ amount, newestIdBefore }: Attempt, txn: Transaction): boolean {
  return newestIdBefore !== null && txn.id > newestIdBefore && txn.amount === amount;
}
