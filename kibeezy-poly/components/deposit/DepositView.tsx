"use client";
import { AmountForm } from "@/components/deposit/AmountForm";
import { ConfirmStep } from "@/components/deposit/ConfirmStep";
import { DepositFailure } from "@/components/deposit/DepositFailure";
import { DepositProgress } from "@/components/deposit/DepositProgress";
import { DepositRefusal } from "@/components/deposit/DepositRefusal";
import { DepositSuccess } from "@/components/deposit/DepositSuccess";
import { ProviderDown } from "@/components/deposit/ProviderDown";
import type { DepositControl } from "@/hooks/useDeposit";

type Props = { deposit: DepositControl; phone: string; onClose: () => void };

/** Which view belongs to which state. */
export function DepositView({ deposit, phone, onClose }: Props) {
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
          onSend={deposit.send}
          onBack={startOver}
          onLeave={onClose}
        />
      );
    case "refused":
      return <DepositRefusal state={state} phone={phone} {...again} />;
    case "providerDown":
      return <ProviderDown state={state} phone={phone} onWatch={deposit.watch} {...again} />;
    case "succeeded":
      return <DepositSuccess state={state} onClose={onClose} />;
    case "failed":
      return <DepositFailure state={state} phone={phone} {...again} />;
    default:
      return (
        <DepositProgress
          state={state}
          weather={deposit.weather}
          phone={phone}
          onResend={deposit.send}
          onCheck={deposit.checkNow}
          onAgain={() => {
            startOver(state.kind === "sendUnclear" ? state.attempt.amount : undefined);
          }}
          onClose={onClose}
        />
      );
  }
}
