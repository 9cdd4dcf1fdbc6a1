/**
 * Of several tabs on one deposit, one asks the server; the answer reaches the others through the storage.
 * A turn ends by itself, so a tab that was closed or has fallen asleep leaves the next one waiting for seconds only.
 * The storage alone does both: Web Locks and BroadcastChannel are missing on plain-http addresses and older phones.
 */
import type { TransactionStatus } from "@/lib/api";
import { readStored, watchStored, writeStored } from "@/lib/storage";

type Turn = { tab: string; transactionId: number; until: number };

/** Longer than a question may take, so that a slow answer is not asked for twice. */
const QUESTION_MS = 16_000;
const GRACE_MS = 3000;

const TAB = Math.random().toString(36).slice(2);

const turnKey = (userId: number) => `kibeezy.turn.${String(userId)}`;
const newsKey = (userId: number) => `kibeezy.news.${String(userId)}`;

/** How long another tab still has its turn, in ms; 0 means that the turn is this tab's now. */
export function takeTurn(userId: number, transactionId: number, now: number): number {
  const turn = readTurn(userId);
  if (turn?.transactionId === transactionId && turn.tab !== TAB && turn.until > now)
    return turn.until - now;
  keepTurn(userId, transactionId, now + QUESTION_MS - GRACE_MS);
  return 0;
}

/** Keeps the turn until a little after the next question is due. */
export function keepTurn(userId: number, transactionId: number, nextAt: number): void {
  writeStored(turnKey(userId), { tab: TAB, transactionId, until: nextAt + GRACE_MS });
}

export function giveTurnUp(userId: number): void {
  if (readTurn(userId)?.tab === TAB) writeStored(turnKey(userId), null);
}

/** Hands an answer to the other tabs. */
export function tellStatus(userId: number, status: TransactionStatus): void {
  writeStored(newsKey(userId), { status, at: Date.now() });
}

/** Calls back with what another tab was answered. */
export function watchStatus(
  userId: number,
  onStatus: (status: TransactionStatus) => void,
): () => void {
  return watchStored(newsKey(userId), () => {
    const news = readStored(newsKey(userId)) as { status?: TransactionStatus } | null;
    if (news?.status !== undefined) onStatus(news.status);
  });
}

function readTurn(userId: number): Turn | null {
  const value = readStored(turnKey(userId)) as Partial<Turn> | null;
  return typeof value?.tab === "string" && typeof value.until === "number" ? (value as Turn) : null;
}
