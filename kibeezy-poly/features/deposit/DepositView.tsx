"use client";
import { OutcomePlace, usePreparedOutcomes } from "@/features/deposit/OutcomePlace";
import { AmountForm } from "@/features/deposit/steps/AmountForm";
import { ConfirmStep } from "@/features/deposit/steps/ConfirmStep";
import { DepositProgress } from "@/features/deposit/steps/DepositProgress";
import { DepositSuccess } from "@/features/deposit/steps/DepositSuccess";
import type { DepositControl } from "@/features/deposit/useDeposit";
import type { HandView } from "@/features/paybill";
import type { Transaction } from "@/lib/api";

type Props = {
  deposit: DepositControl;
  phone: string;
  /** The customer's newest deposits, as far as the page has loaded them. */
  transactions: Transaction[];
  /** Sends the reviewed prompt. */
  onSend: () => void;
  onHand: (view: HandView) => void;
  onClose: () => void;
};

export function DepositView(props: Props) {
  const { deposit, phone, transactions, onSend, onHand, onClose } = props;
  const { state, review, startOver } = deposit;
  usePreparedOutcomes(state.kind !== "editing");
  const again = { onReview: review, onChangeAmount: startOver, onClose };
  switch (state.kind) {
    case "editing":
      return (
        <AmountForm
          state={state}
          phone={phone}
          transactions={transactions}
          onReview={review}
          onClose={onClose}
        />
      );
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
      return (
        <OutcomePlace>
          {({ DepositRejection }) => (
            <DepositRejection state={state} phone={phone} onHand={onHand} {...again} />
          )}
        </OutcomePlace>
      );
    case "providerDown":
      return (
        <OutcomePlace>
          {({ ProviderDown }) => (
            <ProviderDown
              state={state}
              phone={phone}
              onWatch={deposit.watch}
              onHand={onHand}
              {...again}
            />
          )}
        </OutcomePlace>
      );
    case "succeeded":
      return <DepositSuccess state={state} onClose={onClose} />;
    case "failed":
      return (
        <OutcomePlace>
          {({ DepositFailure }) => (
            <DepositFailure state={state} phone={phone} onHand={onHand} {...again} />
          )}
        </OutcomePlace>
      );
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
