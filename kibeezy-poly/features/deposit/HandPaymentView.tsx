"use client";
/**
 * A payment by hand, in the place of the deposit, which goes on behind it. Loaded on demand, since
 * the sheet's own code is near its limit.
 */
import { useEffect, useRef } from "react";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import type { DepositControl } from "@/features/deposit/useDeposit";
import { findOpenPrompt } from "@/features/deposit/findOpenPrompt";
import { type HandView, usePaybill } from "@/features/paybill";
import { HandPayment } from "@/features/paybill/views/HandPayment";
import { OpenClaims } from "@/features/paybill/views/OpenClaims";
import { getTransaction } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { releaseSheetEntry } from "@/lib/sheetEntry";

export type HandPaymentViewProps = {
  /** "note": only a line below the deposit, where a claim is open. */
  view: HandView | "note";
  deposit: DepositControl;
  options: DepositOptions;
  onView: (view: HandView | null) => void;
  onClose: () => void;
  /** Announces a message to screen readers. */
  say: (message: string) => void;
};

export function HandPaymentView(props: HandPaymentViewProps) {
  const { view, deposit, options, onView, onClose, say } = props;
  const { userId, transactions, onSignedOut } = options;
  const paybill = usePaybill();
  const { kind } = deposit.state;
  useEffect(() => {
    // A deposit that succeeds behind a payment by hand is shown: it must not be paid again.
    if (kind === "succeeded") onView(null);
  }, [kind, onView]);
  const showCredited = useCredited(deposit, options);
  if (view === "note")
    return <OpenClaims userId={userId} transactions={transactions} onView={onView} />;
  return (
    <HandPayment
      view={view}
      paybill={paybill}
      userId={userId}
      transactions={transactions}
      amount={kind === "succeeded" ? null : deposit.amount}
      prompt={findOpenPrompt(deposit, transactions)}
      onView={onView}
      onSend={() => {
        onView(null);
        deposit.send();
      }}
      onCredited={async (id) => {
        const isShown = await showCredited(id);
        if (isShown) onView(null);
        return isShown;
      }}
      onSignedOut={onSignedOut}
      onLeave={() => {
        releaseSheetEntry();
        onClose();
      }}
      say={say}
    />
  );
}

/**
 * Shows the deposit that a claim found, and sets the one under way aside. Resolves with false, and
 * changes nothing, while a push has no answer yet, since its idempotency key must not be lost, and
 * when the deposit cannot be fetched.
 */
function useCredited(deposit: DepositControl, { onChanged, onUnread }: DepositOptions) {
  const { checkNow, dispatch, state } = deposit;
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  return async (id: number): Promise<boolean> => {
    if ("deposit" in latest.current && latest.current.deposit.transactionId === id) {
      checkNow();
      return true;
    }
    try {
      const transaction = await getTransaction(id);
      onChanged(transaction, null);
      const { kind } = latest.current;
      if (kind !== "sending" && kind !== "sendUnclear") {
        if (kind !== "failed" && kind !== "succeeded") dispatch({ type: "reset" });
        const { amount, created_at: startedAt } = transaction;
        const found = { transactionId: id, amount, startedAt, notice: null };
        dispatch({ type: "adopted", deposit: found });
        return true;
      }
    } catch (thrown) {
      toApiError(thrown);
    }
    // The balance on the page is the one before this payment.
    onUnread();
    return false;
  };
}
