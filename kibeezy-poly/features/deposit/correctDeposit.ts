/** Corrects what the page knows of a deposit by the server's answer about it; pure. */
import type { Deposit, StatusAnswer } from "@/features/deposit/states";

export function correctDeposit(deposit: Deposit, answer: StatusAnswer): Deposit {
  return readClarity(readStart(deposit, answer.created_at), answer);
}

/**
 * Corrects the deposit's start by the server's `created_at`. That is later when the first request
 * was lost and a repeated one created the deposit.
 */
function readStart(deposit: Deposit, createdAt: string | undefined): Deposit {
  const isLater = Date.parse(createdAt ?? "") - Date.parse(deposit.startedAt) > 5000;
  return createdAt !== undefined && isLater ? { ...deposit, startedAt: createdAt } : deposit;
}

/** Reads from the whole deposit whether M-Pesa took the push: only then it has an id there. */
function readClarity(deposit: Deposit, { checkout_request_id: id }: StatusAnswer): Deposit {
  if (id === undefined || (id === null) === (deposit.unclear ?? false)) return deposit;
  return { ...deposit, unclear: id === null };
}
