/** What a deposit can be on this screen, and what can happen to it; pure. `reduceDeposit.ts` joins the two. */
import type { Transaction, TransactionPage, TransactionStatus } from "@/lib/api";
import type { Money } from "@/lib/errors";

/** One review of a deposit: its key makes every sending of it the same deposit. */
export type Attempt = {
  key: string;
  amount: number;
  /** When it was sent; until then, when the review began. */
  startedAt: string;
  /** The newest transaction known before it was sent; a newer one of the same amount is this one. */
  newestIdBefore: number | null;
  /** When it may last have been on its way, if later: it was sent again, or its answer was lost. */
  lastTryAt?: string;
};

/** A deposit that the server knows. */
export type Deposit = {
  transactionId: number;
  amount: number;
  startedAt: string;
  /** Why the customer sees this deposit though they asked for another. */
  notice: string | null;
};

export type UnclearReason =
  "timeout" | "offline" | "noAnswer" | "stillStarting" | "interrupted" | "otherTab" | "elsewhere";

/** A clear no, before anything reached the phone. */
export type Refusal = {
  code: string;
  customerMessage: string | null;
  money: Money;
  /** Belongs beside the amount. */
  fieldMessage: string | null;
  retryAt: number | null;
  /** The deposit that the refusal has ended, if one was made. */
  transactionId: number | null;
};

/** M-Pesa is down: whether the customer wants to hear when it works, and whether it does. */
export type Watch = "off" | "watching" | "back";

/** Why the last question about a deposit under way got no answer: nothing came, or our service is away. */
export type Silence = "network" | "service";

export type DepositState =
  | { kind: "editing"; amount: number | null; error: string | null }
  | { kind: "confirming"; attempt: Attempt }
  | { kind: "sending"; attempt: Attempt; repeated: boolean }
  | {
      kind: "sendUnclear";
      attempt: Attempt;
      reason: UnclearReason;
      retryAt: number | null;
      /** It did not go out: the server does not have it, and no request of it can still arrive. */
      missing: boolean;
    }
  | { kind: "refused"; amount: number; refusal: Refusal }
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
      silence: Silence | null;
    }
  | {
      kind: "checking";
      deposit: Deposit;
      message: string;
      /** The server has told how it stands; until then nothing new is offered. */
      heard: boolean;
      retryAt: number | null;
      /** The usual time is over. */
      late: boolean;
      /** This screen has stopped asking by itself. */
      resting: boolean;
      silence: Silence | null;
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

/** While nobody knows yet how it ends. */
export type ProgressState = Extract<
  DepositState,
  { kind: "sending" | "sendUnclear" | "awaitingPin" | "checking" | "underReview" }
>;

/** The first answer about a deposit tells when it began, too. */
export type StatusAnswer = TransactionStatus & { created_at?: string };

export type DepositEvent =
  | { type: "reset"; amount?: number | null }
  | { type: "reviewed"; attempt: Attempt }
  | { type: "submitted"; attempt: Attempt }
  | { type: "resumed"; attempt: Attempt; reason: UnclearReason }
  | { type: "accepted"; transactionId: number; message: string }
  | { type: "outcomeUnknown"; transactionId: number; message: string }
  | { type: "refused"; refusal: Refusal }
  /** The push was refused because nobody is signed in: the review stays as it was. */
  | { type: "signedOut" }
  | { type: "lost"; reason: UnclearReason; retryAt: number | null; lastTryAt?: string }
  /** The server's list does not show it; `sure` when that list would have to. */
  | { type: "notFound"; askedAt: number; sure: boolean }
  /** Another tab has ended the attempt that this one still shows. */
  | { type: "endedElsewhere" }
  | { type: "weatherDown" }
  | { type: "watchWanted" }
  | { type: "weatherCleared" }
  | { type: "adopted"; deposit: Deposit }
  | { type: "amountRead"; transactionId: number; amount: number }
  | { type: "statusRead"; status: StatusAnswer; now: number; serverNow: number }
  | { type: "statusUnread"; silence: Silence }
  | { type: "rested" }
  | { type: "promptExpired" }
  | { type: "detailsRead"; transaction: Transaction; balance: string | null };

export type Final = Extract<DepositState, { kind: "succeeded" | "failed" }>;

/** True once the server has spoken its last word, or nothing was ever asked of it. */
export function isFinal(state: DepositState): state is Final {
  return state.kind === "succeeded" || state.kind === "failed";
}

/** True while money may be on its way, so that closing the sheet only puts it aside. */
export function isUnderWay(state: DepositState): boolean {
  return state.kind === "sending" || state.kind === "sendUnclear" || isFollowed(state);
}

type Followed = Extract<DepositState, { kind: "awaitingPin" | "checking" | "underReview" }>;

function isFollowed(state: DepositState): state is Followed {
  return state.kind === "awaitingPin" || state.kind === "checking" || state.kind === "underReview";
}

/** The deposit to ask the server about, if there is one and its end is open. */
export function getFollowedDeposit(state: DepositState): Deposit | null {
  return isFollowed(state) ? state.deposit : null;
}

export function getAmount(state: DepositState): number | null {
  if ("deposit" in state) return state.deposit.amount;
  return "attempt" in state ? state.attempt.amount : state.amount;
}

/** The transaction, as a deposit to follow. */
export function toDeposit(transaction: Transaction, notice: string | null = null): Deposit {
  const { id, amount, created_at } = transaction;
  return { transactionId: id, amount, startedAt: created_at, notice };
}

// The server's clock, as this device knows it, is right to a few seconds.
const CLOCK_SLACK_MS = 10_000;

/** The transaction that an attempt whose answer was lost has become, if the list shows it. */
export function findAttempt(attempt: Attempt, transactions: Transaction[]): Transaction | null {
  // The page's list may have missed an older deposit of this amount, such as one that was refused.
  const earliest = Date.parse(attempt.startedAt) - CLOCK_SLACK_MS;
  const candidates = transactions.filter((txn) => mayBe(attempt, txn));
  return candidates.find((txn) => Date.parse(txn.created_at) >= earliest) ?? null;
}

/** True when the list would show the attempt, had the server got it, whatever the clocks say. */
export function isAbsent(attempt: Attempt, { next, results }: TransactionPage): boolean {
  const before = attempt.newestIdBefore ?? 0;
  const reachesBack = next === null || results.some(({ id }) => id <= before);
  return reachesBack && !results.some((txn) => mayBe(attempt, txn));
}

// Our own limit is 30 s, and the proxies' are a minute at most.
const REQUEST_LIFE_MS = 2 * 60_000;
// The server forgets a key after 24 h; under the same key it would then be another deposit.
const KEY_LIFE_MS = 23 * 3_600_000;

export function getLastTry({ startedAt, lastTryAt }: Attempt): number {
  return Date.parse(lastTryAt ?? startedAt);
}

/** True while a request of it may still arrive. */
export function mayArrive(attempt: Attempt, now: number): boolean {
  return now - getLastTry(attempt) < REQUEST_LIFE_MS;
}

export function isKeyOld({ startedAt }: Attempt, now: number): boolean {
  return now - Date.parse(startedAt) > KEY_LIFE_MS;
}

type Unclear = Extract<DepositState, { kind: "sendUnclear" }>;

/** False where only the list may be asked, since sending again could be another deposit. */
export function mayResend({ reason, attempt }: Unclear, now: number): boolean {
  return reason !== "elsewhere" && !isKeyOld(attempt, now);
}

function mayBe({ amount, newestIdBefore }: Attempt, txn: Transaction): boolean {
  return newestIdBefore !== null && txn.id > newestIdBefore && txn.amount === amount;
}
