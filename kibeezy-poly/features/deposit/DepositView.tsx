"use client";
import { AmountForm } from "@/features/deposit/steps/AmountForm";
import { ConfirmStep } from "@/features/deposit/steps/ConfirmStep";
import { DepositFailure } from "@/features/deposit/steps/DepositFailure";
import { DepositProgress } from "@/features/deposit/steps/DepositProgress";
import { DepositRejection } from "@/features/deposit/steps/DepositRejection";
import { DepositSuccess } from "@/features/deposit/steps/DepositSuccess";
import { ProviderDown } from "@/features/deposit/steps/ProviderDown";
import type { DepositControl } from "@/features/deposit/useDeposit";
import type { HandView } from "@/features/paybill";

type Props = {
  deposit: DepositControl;
  phone: string;
  /** Sends the reviewed prompt. */
  onSend: () => void;
  onHand: (view: HandView) => void;
  onClose: () => void;
};

export function DepositView({ deposit, phone, onSend, onHand, onClose }: Props) {
  const { state, review, startOver } = deposit;
  const again = { onReview: review, onChangeAmount: startOver, onClose };
  switch (state.kind) {
    case "editing":
      return <AmountForm state={state} phone={phone} onReview={review} />;
    case "confirming":
      return (
        <ConfirmStep
          amount={state.attempt.amount}
          phone={phone}
          onSend={onSend}
          onBack={startOver}
          onLeave={onClose}
        />
      );
    case "refused":
      return <DepositRejection state={state} phone={phone} onHand={onHand} {...again} />;
    case "providerDown":
      return (
        <ProviderDown
          state={state}
          phone={phone}
          onWatch={deposit.watch}
          onHand={onHand}
          {...again}
        />
      );
    case "succeeded":
      return <DepositSuccess state={state} onClose={onClose} />;
    case "failed":
      return <DepositFailure state={state} phone={phone} onHand={onHand} {...again} />;
    default:
      return (
        <DepositProgress
          state={state}
          providerStatus={deposit.providerStatus}
          phone={phone}
          onResend={deposit.send}
          onCheck={deposit.checkNow}
          onPin={deposit.reportPin}
          onHand={onHand}
          onAgain={() => {
            startOver(state.kind === "sendUnclear" ? state.attempt.amount : undefined);
          }}
          onClose={onClose}
        />
      );
  }
}
