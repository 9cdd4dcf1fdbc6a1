/** Whether a prompt may still be paid while the customer is about to pay in another way. */
import type { DepositControl } from "@/features/deposit/useDeposit";
import type { OpenPrompt } from "@/features/paybill/views/HandPayment";
import type { Transaction } from "@/lib/api";
import { serverNow } from "@/lib/time";

/**
 * The prompt that may still be paid, or whose outcome M-Pesa has not told: of the deposit on the
 * screen, of an earlier one, or of one in the list. Null if there is none.
 */
export function findOpenPrompt(
  { state, earlier, isUnderWay }: DepositControl,
  transactions: Transaction[],
): OpenPrompt | null {
  if (state.kind === "awaitingPin") return { openUntil: state.promptExpiresAt };
  if (state.kind === "checking") {
    // The time of this phone, in which the server's wait is counted, as the server's.
    const { retryAt } = state;
    return { openUntil: retryAt === null ? null : retryAt - Date.now() + serverNow() };
  }
  const isMissing = state.kind === "sendUnclear" && state.missing;
  // M-Pesa may contradict a failure that leaves open whether money moved.
  const isDoubtful = state.kind === "failed" && state.money === "unknown";
  const isOpen =
    (isUnderWay && !isMissing) ||
    isDoubtful ||
    [...earlier, ...transactions].some(({ status }) => status === "PENDING");
  return isOpen ? { openUntil: null } : null;
}
