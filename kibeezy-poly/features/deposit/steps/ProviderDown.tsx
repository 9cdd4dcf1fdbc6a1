"use client";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { DepositFacts } from "@/features/deposit/steps/DepositFacts";
import { HandOffers } from "@/features/deposit/steps/HandOffers";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import type { HandView } from "@/features/paybill";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type Props = {
  state: Extract<DepositState, { kind: "providerDown" }>;
  phone: string;
  onWatch: () => void;
  onReview: (amount: number) => void;
  onHand: (view: HandView) => void;
  onClose: () => void;
};

/**
 * The view while M-Pesa is down: no prompt is sent, and the page offers to tell the customer when
 * M-Pesa works again.
 */
export function ProviderDown({ state, phone, onWatch, onReview, onHand, onClose }: Props) {
  const text = useText(depositMessages);
  const { amount, message, watch } = state;
  useAnnouncement(watch === "watching" ? text("watching") : null);
  return (
    <div className="mt-3 space-y-5">
      <p className="figure" translate="no">
        {formatKes(amount)}
      </p>
      {watch === "back" ? (
        <DepositFacts what={text("backWhat")} money={text("nothingMoved")} now={text("backNow")} />
      ) : (
        <DepositFacts
          what={message ?? text("downWhat")}
          // The server's sentence, if there is one, already says that no money moved.
          money={message === null ? text("nothingMoved") : null}
          now={text("downNow")}
        />
      )}
      {watch === "watching" ? (
        <p className="flex items-center gap-2.5 rounded-control bg-raised p-4">
          <Icon name="clock" className="pulse-ring size-5" />
          <span>{text("watching")}</span>
        </p>
      ) : null}
      {watch === "off" ? (
        <Button onClick={onWatch} className="min-h-14 w-full text-lg">
          {text("watch")}
        </Button>
      ) : null}
      {watch === "back" ? (
        <WaitButton
          until={null}
          onClick={() => {
            onReview(amount);
          }}
        >
          {text("nextAmount", { amount: formatKes(amount) })}
        </WaitButton>
      ) : null}
      <HandOffers offers={["paybill"]} onHand={onHand} />
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("close")}
      </Button>
      <HelpDetails state={state} phone={phone} />
    </div>
  );
}
