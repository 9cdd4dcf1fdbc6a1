"use client";
import type { DepositState } from "@/features/deposit/states";
import { DepositReceipt } from "@/features/deposit/DepositReceipt";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

type Props = { state: Extract<DepositState, { kind: "succeeded" }>; onClose: () => void };

/** The success view; shown only when the server reports COMPLETED. */
export function DepositSuccess({ state, onClose }: Props) {
  const text = useText(depositMessages);
  const { deposit, message, transaction, balance } = state;
  return (
    <div className="mt-3 space-y-5">
      <p className="flex items-center gap-3 text-[1.0625rem]">
        <span className="grid size-12 shrink-0 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
          <Icon name="check" className="size-6" />
        </span>
        <Sentence>{message || text("doneMoney")}</Sentence>
      </p>
      <DepositReceipt id={deposit.transactionId} transaction={transaction} balance={balance} />
      <Button onClick={onClose} className="min-h-14 w-full text-lg">
        {text("done")}
      </Button>
    </div>
  );
}
