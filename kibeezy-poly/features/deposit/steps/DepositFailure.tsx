"use client";
import type { DepositState } from "@/features/deposit/deposit";
import { depositMessages } from "@/features/deposit/messages";
import { type Ending, findEnding, getNext } from "@/features/deposit/resultMessages";
import { DepositFacts } from "@/features/deposit/steps/DepositFacts";
import { EndedAmount, PhoneChecks, SafaricomCalls } from "@/features/deposit/steps/Ending";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { Reference } from "@/features/deposit/steps/Reference";
import { SmallerAmounts } from "@/features/deposit/steps/SmallerAmounts";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import { fill } from "@/lib/text";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  state: Extract<DepositState, { kind: "failed" }>;
  phone: string;
  onReview: (amount: number) => void;
  onChangeAmount: (amount: number) => void;
  onClose: () => void;
};

const OTHER_AMOUNT = new Set<Ending>(["noFunds", "tooSmall", "tooLarge", "dayLimit", "ourLimit"]);
const POINTS_BELOW = new Set<Ending>(["busy", "unreachable", "unknown"]);
const CALL_SAFARICOM = new Set<Ending>(["pinLocked", "declined"]);

/** M-Pesa's final no: what happened, whether money moved, and the way on that fits the cause. */
export function DepositFailure({ state, phone, onReview, onChangeAmount, onClose }: Props) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const { deposit, message, money, resultCode } = state;
  const ending = findEnding(resultCode);
  const next = fill(getNext(ending), language);
  const otherAmount = OTHER_AMOUNT.has(ending);
  return (
    <div className="mt-3 space-y-5">
      <EndedAmount amount={deposit.amount} />
      <DepositFacts
        what={message || next}
        // The server's sentence says whether money moved, and what to do; ours leads to what stands
        // below it.
        money={message ? null : text(money === "not_moved" ? "nothingMoved" : "maybeMoved")}
        now={message !== "" && POINTS_BELOW.has(ending) ? next : null}
      />
      {ending === "unreachable" ? <PhoneChecks /> : null}
      {CALL_SAFARICOM.has(ending) ? <SafaricomCalls /> : null}
      <Reference id={deposit.transactionId} />
      {otherAmount && ending !== "tooSmall" ? (
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
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("close")}
      </Button>
      <HelpDetails state={state} phone={phone} />
    </div>
  );
}
