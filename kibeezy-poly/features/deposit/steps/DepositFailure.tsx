"use client";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { getNext, adviceMessages } from "@/features/deposit/adviceMessages";
import { type Outcome, findOutcome } from "@/features/deposit/resultMessages";
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
const CALL_SAFARICOM = new Set<Outcome>(["pinLocked", "declined"]);

/**
 * A failed deposit: what happened, whether money moved, and what the customer can do about the
 * cause.
 */
export function DepositFailure(props: Props) {
  const { state, phone, onReview, onChangeAmount, onHand, onClose } = props;
  const text = useText(depositMessages);
  const advice = useText(adviceMessages);
  const { deposit, message, money, resultCode } = state;
  const outcome = findOutcome(resultCode);
  const isDoubtful = money === "unknown";
  const isKnown = message === "" || outcome !== "unknown";
  const otherAmount = OTHER_AMOUNT.has(outcome);
  return (
    <div className="view">
      <UnpaidAmount amount={deposit.amount} />
      <FailureFacts state={state} outcome={outcome} isKnown={isKnown} />
      {outcome === "unreachable" ? <PhoneChecks /> : null}
      {CALL_SAFARICOM.has(outcome) ? <SafaricomCalls /> : null}
      {otherAmount && outcome !== "tooSmall" ? (
        <SmallerAmounts below={deposit.amount} most={null} onChoose={onReview} />
      ) : null}
      {isKnown ? null : <Reference id={deposit.transactionId} />}
      <HelpDetails state={state} phone={phone} />
      <div className="actions">
        <WaitButton
          until={state.retryAt}
          onClick={() => {
            if (otherAmount) onChangeAmount(deposit.amount);
            else onReview(deposit.amount);
          }}
        >
          {!otherAmount && isDoubtful
            ? advice("notPaidTryAgain")
            : text(otherAmount ? "changeAmount" : "tryAgain")}
        </WaitButton>
      </div>
      <div className="second-actions">
        {/* What M-Pesa refuses because of the amount, it refuses by paybill too. */}
        <HandOffers offers={otherAmount ? ["claim"] : ["claim", "paybill"]} onHand={onHand} />
        <Button kind="quiet" onClick={onClose}>
          {text("close")}
        </Button>
      </div>
    </div>
  );
}

type FactsProps = Pick<Props, "state"> & { outcome: Outcome; isKnown: boolean };

function FailureFacts({ state: { message, money }, outcome, isKnown }: FactsProps) {
  const text = useText(depositMessages);
  const advice = useText(adviceMessages);
  const { language } = useLanguage();
  const next = fill(getNext(outcome), language);
  const isDoubtful = money === "unknown";
  return isKnown ? (
    <DepositFacts
      what={null}
      money={isDoubtful ? advice("maybeMoved") : text("nothingMoved")}
      now={next}
      {...(isDoubtful ? { tone: "wait" } : {})}
    />
  ) : (
    // Only the server knows what happened and whether money moved.
    <DepositFacts
      what={message}
      money={isDoubtful ? next : null}
      now={null}
      {...(isDoubtful ? { tone: "wait" } : {})}
    />
  );
}
