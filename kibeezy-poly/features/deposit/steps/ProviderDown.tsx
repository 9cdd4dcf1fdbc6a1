"use client";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { adviceMessages } from "@/features/deposit/adviceMessages";
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
  const advice = useText(adviceMessages);
  const { amount, message, watch } = state;
  useAnnouncement(watch === "watching" ? advice("watching") : null);
  return (
    <div className="view">
      <p className="figure" translate="no">
        {formatKes(amount)}
      </p>
      {watch === "back" ? (
        <DepositFacts
          what={advice("backWhat")}
          money={text("nothingMoved")}
          now={advice("backNow")}
        />
      ) : (
        <DepositFacts
          what={message ?? advice("downWhat")}
          // The server's sentence, if there is one, already says that no money moved.
          money={message === null ? text("nothingMoved") : null}
          now={advice("downNow")}
        />
      )}
      {watch === "watching" ? (
        <p className="flex items-center gap-2.5 rounded-control bg-raised p-4">
          <Icon name="clock" className="pulse-ring size-5" />
          <span>{advice("watching")}</span>
        </p>
      ) : null}
      <HelpDetails state={state} phone={phone} />
      <div className="actions">
        {watch === "off" ? <Button onClick={onWatch}>{advice("watch")}</Button> : null}
        {watch === "back" ? (
          <WaitButton
            until={null}
            onClick={() => {
              onReview(amount);
            }}
          >
            {advice("nextAmount", { amount: formatKes(amount) })}
          </WaitButton>
        ) : null}
        {watch === "watching" ? <Button onClick={onClose}>{text("close")}</Button> : null}
      </div>
      <div className="second-actions">
        <HandOffers offers={["paybill"]} onHand={onHand} />
        {watch === "watching" ? null : (
          <Button kind="quiet" onClick={onClose}>
            {text("close")}
          </Button>
        )}
      </div>
    </div>
  );
}
