"use client";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { assertNever } from "@/lib/assertNever";
import type { DepositState } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { getResultText } from "@/lib/messages/results";
import { fill } from "@/lib/messages/text";
import { formatKes } from "@/lib/money";

/** What happened, in a few words: the sheet's title, and what a screen reader hears when it changes. */
export function useDepositTitle(state: DepositState): string {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  switch (state.kind) {
    case "editing":
      return text("formTitle");
    case "sending":
      return text("sendingTitle");
    case "sendUnclear":
      return text("unclearTitle");
    case "awaitingPin":
      return text("pinTitle");
    case "checking":
      return text("checkingTitle");
    case "underReview":
      return text("reviewTitle");
    case "succeeded":
      return text("doneTitle", {
        amount: formatKes(state.transaction?.amount ?? state.deposit.amount),
      });
    case "failed":
      return fill(getResultText(state.resultCode).title, language);
    default:
      return assertNever(state);
  }
}
