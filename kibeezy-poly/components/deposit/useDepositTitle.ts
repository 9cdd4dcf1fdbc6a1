"use client";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { assertNever } from "@/lib/assertNever";
import type { DepositState } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { findEnding, findRefusal, getTitle } from "@/lib/messages/results";
import { fill } from "@/lib/messages/text";
import { formatKes } from "@/lib/money";

/** What happened, in a few words: the sheet's title, and what a screen reader hears when it changes. */
export function useDepositTitle(state: DepositState): string {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  switch (state.kind) {
    case "editing":
      return text("formTitle");
    case "confirming":
      return text("confirmTitle");
    case "refused":
      return fill(getTitle(findRefusal(state.refusal.code)), language);
    case "providerDown":
      return text(state.watch === "back" ? "backTitle" : "downTitle");
    case "sending":
      return text(state.repeated ? "unclearTitle" : "sendingTitle");
    case "sendUnclear":
      return text(state.missing ? "missingTitle" : "unclearTitle");
    case "awaitingPin":
      return text("pinTitle");
    case "checking":
      return text(state.late ? "lateTitle" : "checkingTitle");
    case "underReview":
      return text("reviewTitle");
    case "succeeded":
      return text("doneTitle", {
        amount: formatKes(state.transaction?.amount ?? state.deposit.amount),
      });
    case "failed":
      return fill(getTitle(findEnding(state.resultCode)), language);
    default:
      return assertNever(state);
  }
}
