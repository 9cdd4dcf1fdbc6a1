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

/** What happened, whether money moved, what to do now; the server's own sentence where it sent one. */
export function useProgressFacts(state: ProgressState, phone: string): Facts {
  const text = useText(depositMessages);
  const unclear = useText(unclearMessages);
  const { language } = useLanguage();
  const unclearMoney = unclear("unclearMoney", { amount: formatKes(getAmount(state) ?? 0) });
  switch (state.kind) {
    case "sending":
      // The first prompt may be on the phone, or paid.
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
      // The server's sentence already says not to pay again.
      const calm = state.answered && state.message ? "checkingAnsweredNow" : "checkingNow";
      const now = text(state.stoppedPolling ? "stoppedPollingNow" : calm);
      return state.message
        ? { what: state.message, money: null, now }
        : { what: text("checkingWhat"), money: text("checkingMoney"), now };
    }
    case "underReview":
      // The case may be open or settled: the server alone knows, and says so.
      return { what: state.message || text("reviewWhat"), money: null, now: text("reviewNow") };
    default:
      return assertNever(state);
  }
}
