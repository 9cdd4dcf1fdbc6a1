"use client";
import { assertNever } from "@/features/deposit/assertNever";
import { getAmount, mayResend, type ProgressState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import type { Facts } from "@/features/deposit/steps/DepositFacts";
import { unclearMessages } from "@/features/deposit/unclearMessages";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { formatMoment, serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";

/**
 * The three sentences for a deposit without an outcome: what happened, whether money moved, what to
 * do now. Uses the server's sentence where it sent one.
 */
export function useProgressFacts(state: ProgressState, phone: string): Facts {
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
      return { what: text("sendingWhat"), money: text("sendingMoney"), now: text("sendingNow") };
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
      const places = { phone: formatMaskedPhone(phone), amount: formatKes(state.deposit.amount) };
      const what = state.message || text("pinWhat");
      return { what, money: text("pinMoney"), now: text("pinNow", places) };
    }
    case "checking": {
      // The server's sentence already says not to pay again, so ours does not repeat it.
      const calm = state.answered && state.message ? "checkingAnsweredNow" : "checkingNow";
      const now = text(state.stoppedPolling ? "stoppedPollingNow" : calm);
      return state.message
        ? { what: state.message, money: null, now }
        : { what: text("checkingWhat"), money: text("checkingMoney"), now };
    }
    case "underReview":
      // An operator may or may not have decided the suspense case; only the server knows, and its
      // sentence says it.
      return { what: state.message || text("reviewWhat"), money: null, now: text("reviewNow") };
    default:
      return assertNever(state);
  }
}
