"use client";
import type { DepositState } from "@/features/deposit/states";
import { DepositReceipt } from "@/features/deposit/DepositReceipt";
import { depositMessages } from "@/features/deposit/messages";
import { loadOutcomes } from "@/features/deposit/outcomeLoader";
import { formatBalance } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Done = Extract<DepositState, { kind: "succeeded" }>;
type Props = { state: Done; onClose: () => void };

/** The success view; shown only when the server reports COMPLETED. */
export function DepositSuccess({ state, onClose }: Props) {
  const text = useText(depositMessages);
  const { deposit, transaction } = state;
  return (
    <div className="view">
      <DepositReceipt
        id={deposit.transactionId}
        transaction={transaction}
        loadPicture={loadOutcomes}
      >
        <Button onClick={onClose}>{text("done")}</Button>
      </DepositReceipt>
    </div>
  );
}

export function Tick() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className="tick">
      <path pathLength="24" d="M4.500 12.500 10 18 19.500 7" />
    </svg>
  );
}

/** The balance after the deposit, in the server's figures; its line is kept while it loads. */
export function NewBalance({ state }: { state: DepositState }) {
  const text = useText(depositMessages);
  const balance = state.kind === "succeeded" ? state.balance : null;
  return (
    <p className="mt-1 flex min-h-[1lh] flex-wrap gap-x-2 text-lg text-on-cloth-soft">
      <span>{text("doneBalance")}</span>
      <strong className="money" translate="no">
        {balance === null ? "" : formatBalance(balance)}
      </strong>
    </p>
  );
}
