"use client";
import { useSay } from "@/features/deposit/Announcer";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { getAmount, isFinal } from "@/features/deposit/states";
import type { DepositControl } from "@/features/deposit/useDeposit";
import { useOpenPrompt } from "@/features/deposit/useOpenPrompt";
import { type HandView, useHandViews, usePaybill } from "@/features/paybill";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";

type Props = {
  view: HandView;
  deposit: DepositControl;
  options: DepositOptions;
  onView: (view: HandView | null) => void;
  onClose: () => void;
};

/** A view of a payment by hand, in the place of the deposit; the deposit goes on behind it. */
export function HandPaymentView({ view, deposit, options, onView, onClose }: Props) {
  const { state, earlier } = deposit;
  const { userId, transactions, onSignedOut } = options;
  const { View, failed, retry } = useHandViews(true);
  const paybill = usePaybill();
  const prompt = useOpenPrompt(state, earlier, transactions);
  const say = useSay();
  if (View === null) return <Loading failed={failed} onRetry={retry} />;
  return (
    <View
      view={view}
      paybill={paybill}
      userId={userId}
      transactions={transactions}
      amount={isFinal(state) && state.kind === "succeeded" ? null : getAmount(state)}
      prompt={prompt}
      onView={onView}
      onSend={() => {
        onView(null);
        deposit.send();
      }}
      onCredited={async (id) => {
        const isShown = await deposit.showCredited(id);
        if (isShown) onView(null);
        return isShown;
      }}
      onSignedOut={onSignedOut}
      onLeave={onClose}
      say={say}
    />
  );
}

function Loading({ failed, onRetry }: { failed: boolean; onRetry: () => void }) {
  const text = useText(commonMessages);
  if (!failed) return <div aria-hidden="true" className="mt-3 skeleton h-40" />;
  return (
    <div className="mt-3 space-y-4">
      <Alert tone="bad" icon="offline" title={text("offlineTitle")} assertive>
        {text("offlineBody")}
      </Alert>
      <Button onClick={onRetry} className="w-full">
        {text("tryAgain")}
      </Button>
    </div>
  );
}
