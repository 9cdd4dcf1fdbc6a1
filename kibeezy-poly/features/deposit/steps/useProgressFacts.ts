"use client";
import { assertNever } from "@/features/deposit/assertNever";
import { getAmount, mayResend, type ProgressState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import type { Facts } from "@/features/deposit/steps/DepositFacts";
import { unclearMessages } from "@/features/deposit/unclearMessages";
import { formatKes } from "@/lib/money";
import { formatMoment, serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";

/**
 * The three sentences for a deposit without an outcome: what happened, whether money moved, what to
 * do now. Uses the server's sentence where it sent one.
 */
export function useProgressFacts(state: ProgressState): Facts {
  const text = useText(depositMessages);
  const unclear = useText(unclearMessages);
  const { language } = useLanguage();
  const unclearMoney = unclear("unclearMoney", { amount: formatKes(getAmount(state) ?? 0) });
  switch (state.kind) {
    case "sending":
      // When the attempt is sent again, the prompt of the first request may be on the phone, or
      // already paid.
      if (state.repeated)
        return {
          what: unclear("sendingAgainWhat"),
          money: unclearMoney,
          now: unclear("sendingAgainNow"),
        };
      return { what: null, money: text("sendingMoney"), now: text("sendingNow") };
    case "sendUnclear": {
      const time = formatMoment(Date.parse(state.attempt.startedAt), language);
      if (state.missing)
        return {
          what: unclear("missingWhat", { time }),
          money: text("nothingMoved"),
          now: unclear("missingNow"),
        };
      return {
        what: unclear(`unclear_${state.reason}`, { time }),
        money: unclearMoney,
        now: unclear(mayResend(state, serverNow()) ? "unclearNow" : "searchOnlyNow"),
      };
    }
    case "awaitingPin": {
      // The title says what the server's sentence says: to enter the PIN.
      return { what: null, money: text("pinMoney"), now: text("pinNow") };
    }
    case "checking": {
      const warning = text("doNotPayAgain");
      const now = text(state.stoppedPolling ? "stoppedPollingNow" : "checkingNow");
      // The prompt of an unclear push may be paid: only the server knows what to say.
      if (state.deposit.unclear && state.message) return { what: state.message, money: null, now };
      // The server's usual sentence says the same as ours, and gives way to it.
      const isUsual = state.message === "" || state.message.includes(warning);
      const what = isUsual ? null : state.message;
      return { what, money: warning, now: `${text("checkingMoney")} ${now}`, tone: "wait" };
    }
    case "underReview":
      // An operator may or may not have decided the suspense case; only the server knows, and its
      // sentence says it.
      return { what: state.message || text("reviewWhat"), money: null, now: text("reviewNow") };
    default:
      return assertNever(state);
  }
}
