"use client";
/** "I have paid": the customer pastes the SMS, and the API asks M-Pesa about its code. */
import { useState } from "react";
import type { Claim, ClaimAnswer } from "@/features/paybill/api";
import { addOpenClaim, endOpenClaim, listOpenClaims } from "@/features/paybill/openClaims";
import { forgetPaybillShown } from "@/features/paybill/noteShown";
import { ClaimChecking } from "@/features/paybill/views/ClaimChecking";
import { ClaimClosed } from "@/features/paybill/views/ClaimClosed";
import { ClaimEnded } from "@/features/paybill/views/ClaimEnded";
import { ClaimForm } from "@/features/paybill/views/ClaimForm";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { serverNow } from "@/lib/time";

type Step =
  | { kind: "form" }
  /** `message` is the API's sentence; null after a reload. */
  | { kind: "checking"; code: string; at: number; message: string | null }
  | { kind: "closed"; claim: Claim }
  | { kind: "ended"; outcome: "credited" | "already_credited"; transactionId: number };

export function ClaimView(props: HandPaymentProps) {
  const { userId, transactions, onCredited } = props;
  const [step, setStep] = useState<Step>(() => findFirst(userId, transactions));
  const [first] = useState(step);
  const takesFocus = step !== first;

  async function end(code: string, outcome: "credited" | "already_credited", id: number) {
    endOpenClaim(userId, code);
    forgetPaybillShown(userId);
    const isShown = outcome === "credited" && (await onCredited(id));
    if (!isShown) setStep({ kind: "ended", outcome, transactionId: id });
  }

  function check(code: string, message: string | null) {
    addOpenClaim(userId, code);
    setStep({ kind: "checking", code, at: serverNow(), message });
  }

  function take(code: string, answer: ClaimAnswer) {
    if (answer.outcome === "checking") check(code, answer.customer_message);
    else void end(code, answer.outcome, answer.transaction_id);
  }

  switch (step.kind) {
    case "form":
      return <ClaimForm {...props} takesFocus={takesFocus} onAnswer={take} onKnown={check} />;
    case "checking":
      return (
        <ClaimChecking
          {...props}
          {...step}
          takesFocus={takesFocus}
          onFound={(id) => void end(step.code, "credited", id)}
          onClosed={(claim) => {
            endOpenClaim(userId, step.code);
            setStep({ kind: "closed", claim });
          }}
          onAnother={() => {
            setStep({ kind: "form" });
          }}
        />
      );
    case "closed":
      return (
        <ClaimClosed
          claim={step.claim}
          onAnother={() => {
            setStep({ kind: "form" });
          }}
        />
      );
    case "ended":
      return <ClaimEnded {...props} {...step} />;
  }
}

function findFirst(userId: number, transactions: HandPaymentProps["transactions"]): Step {
  const claim = listOpenClaims(userId, transactions)[0];
  return claim === undefined ? { kind: "form" } : { kind: "checking", ...claim, message: null };
}
