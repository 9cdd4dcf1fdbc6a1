"use client";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { type Outcome, findOutcome, getNext } from "@/features/deposit/resultMessages";
import { DepositFacts } from "@/features/deposit/steps/DepositFacts";
import { UnpaidAmount, PhoneChecks, SafaricomCalls } from "@/features/deposit/steps/FailureParts";
import { HandOffers } from "@/features/deposit/steps/HandOffers";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { Reference } from "@/features/deposit/steps/Reference";
import { SmallerAmounts } from "@/features/deposit/steps/SmallerAmounts";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import type { HandView } from "@/features/paybill";
import { fill } from "@/lib/text";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  state: Extract<DepositState, { kind: "failed" }>;
  phone: string;
  onReview: (amount: number) => void;
  onChangeAmount: (amount: number) => void;
  onHand: (view: HandView) => void;
  onClose: () => void;
};

const OTHER_AMOUNT = new Set<Outcome>(["noFunds", "tooSmall", "tooLarge", "dayLimit", "ourLimit"]);
const POINTS_BELOW = new Set<Outcome>(["busy", "unreachable", "unknown"]);
const CALL_SAFARICOM = new Set<Outcome>(["pinLocked", "declined"]);

/**
 * A failed deposit: what happened, whether money moved, and what the customer can do about the
 * cause.
 */
export function DepositFailure(props: Props) {
  const { state, phone, onReview, onChangeAmount, onHand, onClose } = props;
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const { deposit, message, money, resultCode } = state;
  const outcome = findOutcome(resultCode);
  const next = fill(getNext(outcome), language);
  const otherAmount = OTHER_AMOUNT.has(outcome);
  return (
    <div className="mt-3 space-y-5">
      <UnpaidAmount amount={deposit.amount} />
      <DepositFacts
        what={message || next}
        // The server's sentence already says whether money moved and what to do. Then ours only
        // points to the buttons below.
        money={message ? null : text(money === "not_moved" ? "nothingMoved" : "maybeMoved")}
        now={message !== "" && POINTS_BELOW.has(outcome) ? next : null}
      />
      {outcome === "unreachable" ? <PhoneChecks /> : null}
      {CALL_SAFARICOM.has(outcome) ? <SafaricomCalls /> : null}
      <Reference id={deposit.transactionId} />
      {otherAmount && outcome !== "tooSmall" ? (
        <SmallerAmounts below={deposit.amount} most={null} onChoose={onReview} />
      ) : null}
      <WaitButton
        until={state.retryAt}
        onClick={() => {
          if (otherAmount) onChangeAmount(deposit.amount);
          else onReview(deposit.amount);
        }}
      >
        {text(otherAmount ? "changeAmount" : "tryAgain")}
      </WaitButton>
      {/* What M-Pesa refuses because of the amount, it refuses by paybill too. */}
      <HandOffers offers={otherAmount ? ["claim"] : ["claim", "paybill"]} onHand={onHand} />
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("close")}
      </Button>
      <HelpDetails state={state} phone={phone} />
    </div>
  );
}
