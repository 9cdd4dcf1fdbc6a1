"use client";
import { assertNever } from "@/features/deposit/assertNever";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { findOutcome, findRejection, getTitle } from "@/features/deposit/resultMessages";
import { formatKes } from "@/lib/money";
import { fill } from "@/lib/text";
import { useLanguage, useText } from "@/lib/useLanguage";

/** The sheet's title for a state; a screen reader announces the title when it changes. */
export function useDepositTitle(state: DepositState): string {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  switch (state.kind) {
    case "editing":
      return text("formTitle");
    case "confirming":
      return text("confirmTitle");
    case "refused":
      return fill(getTitle(findRejection(state.rejection.code)), language);
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
      return fill(getTitle(findOutcome(state.resultCode)), language);
    default:
      return assertNever(state);
  }
}
