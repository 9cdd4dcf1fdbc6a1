"use client";
import { DepositFacts } from "@/components/deposit/DepositFacts";
import { DepositReceipt } from "@/components/deposit/DepositReceipt";
import { Button } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { useCountdown } from "@/hooks/useCountdown";
import { useLanguage, useText } from "@/hooks/useLanguage";
import type { DepositState } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { getResultText } from "@/lib/messages/results";
import { fill } from "@/lib/messages/text";
import { formatKes } from "@/lib/money";
import { formatCountdown } from "@/lib/time";

type Final = Extract<DepositState, { kind: "succeeded" | "failed" }>;

type Props = {
  state: Final;
  phone: string;
  onAgain: (amount?: number) => void;
  onClose: () => void;
};

export function DepositOutcome({ state, phone, onAgain, onClose }: Props) {
  return state.kind === "succeeded" ? (
    <DepositReceipt state={state} phone={phone} onClose={onClose} />
  ) : (
    <Failure state={state} onAgain={onAgain} onClose={onClose} />
  );
}

type FailureProps = {
  state: Extract<Final, { kind: "failed" }>;
  onAgain: Props["onAgain"];
  onClose: () => void;
};

function Failure({ state, onAgain, onClose }: FailureProps) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const result = getResultText(state.resultCode);
  const next = fill(result.next, language);
  const wait = useCountdown(state.retryAt);
  const mustWait = wait !== null && wait > 0;
  const { amount, transactionId } = state.deposit;
  const again = result.action === "changeAmount" ? "changeAmount" : "tryAgain";
  return (
    <div className="mt-3 space-y-5">
      <div className="flex items-center gap-3">
        <span className="grid size-12 place-items-center rounded-full bg-raised text-ink-soft">
          <Icon name="cross" className="size-6" />
        </span>
        <p className="money text-3xl font-bold text-ink-soft line-through">{formatKes(amount)}</p>
      </div>
      {/* The server's sentence also says what to do; ours stands in for it. */}
      <DepositFacts what={state.message || next} money={text("nothingMoved")} now={null} />
      <p className="flex justify-between gap-3 rounded-control bg-raised px-4 py-3">
        <span>{text("reference")}</span>
        <strong className="money">#{transactionId}</strong>
      </p>
      <Button
        disabled={mustWait}
        onClick={() => {
          onAgain(amount);
        }}
        className="min-h-14 w-full text-lg"
      >
        {mustWait ? text("tryAgainIn", { time: formatCountdown(wait) }) : text(again)}
      </Button>
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("close")}
      </Button>
    </div>
  );
}
