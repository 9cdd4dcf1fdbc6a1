"use client";
import type { DepositState, Rejection } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { getNext } from "@/features/deposit/adviceMessages";
import { type Outcome, findRejection } from "@/features/deposit/resultMessages";
import { DepositFacts, type Facts } from "@/features/deposit/steps/DepositFacts";
import { UnpaidAmount } from "@/features/deposit/steps/FailureParts";
import { HandOffers } from "@/features/deposit/steps/HandOffers";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { AllowanceDetails } from "@/features/deposit/steps/AllowanceDetails";
import { SheetLink } from "@/features/deposit/steps/SheetLink";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import { useLimits } from "@/features/deposit/useLimits";
import { findDepositBlock, BlockNotice } from "@/features/limits";
import type { HandView } from "@/features/paybill";
import { fill } from "@/lib/text";
import { serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  state: Extract<DepositState, { kind: "refused" }>;
  phone: string;
  onReview: (amount: number) => void;
  onChangeAmount: (amount: number) => void;
  onHand: (view: HandView) => void;
  onClose: () => void;
};

/** Outcomes whose cause the customer can remove on another page. */
const PAGES: Partial<
  Record<Outcome, { href: string; label: "toIdentity" | "toLimits" | "toAccount" }>
> = {
  kyc: { href: "/identity", label: "toIdentity" },
  excluded: { href: "/limits", label: "toLimits" },
  phone: { href: "/account", label: "toAccount" },
};
/** Outcomes for which our advice would only repeat the server's sentence. */
const REPEATS = new Set<Outcome>(["notStarted", "serviceAway", "kyc"]);
const NO_RETRY = new Set<Outcome>(["review", "denied", "blocked"]);

/** A rejected push (no prompt was sent): why, and what the customer can do about it. */
export function DepositRejection({ state, phone, onHand, onClose, ...again }: Props) {
  const text = useText(depositMessages);
  const { amount, rejection } = state;
  const outcome = findRejection(rejection.code);
  const facts = useFacts(rejection, outcome);
  const page = PAGES[outcome];
  return (
    <div className="view">
      <UnpaidAmount amount={amount} />
      <DepositFacts {...facts} />
      {outcome === "kyc" ? <FreshGate /> : null}
      {outcome === "ownLimit" ? (
        <AllowanceDetails amount={amount} onReview={again.onReview} onLeave={onClose} />
      ) : null}
      <div className="actions">
        {page !== undefined ? (
          <SheetLink href={page.href} onLeave={onClose} main>
            {text(page.label)}
          </SheetLink>
        ) : NO_RETRY.has(outcome) ? (
          <Button onClick={onClose}>{text("close")}</Button>
        ) : (
          <Retry state={state} outcome={outcome} {...again} />
        )}
      </div>
      {NO_RETRY.has(outcome) ? null : (
        <div className="second-actions">
          {outcome === "notStarted" ? <HandOffers offers={["paybill"]} onHand={onHand} /> : null}
          <Button kind="quiet" onClick={onClose}>
            {text("close")}
          </Button>
        </div>
      )}
      {page === undefined && outcome !== "serviceAway" ? (
        <HelpDetails state={state} phone={phone} open={NO_RETRY.has(outcome)} />
      ) : null}
    </div>
  );
}

/** Says how far the check of the identity has come: the customer may have sent it long ago. */
function FreshGate() {
  const block = findDepositBlock(useLimits({ fresh: true }), serverNow());
  return block === null ? null : <BlockNotice block={block} linked={false} />;
}

/** The server's sentence, followed by our advice; only ours where the server sent none. */
function useFacts({ customerMessage, money }: Rejection, outcome: Outcome): Facts {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const next = fill(getNext(outcome), language);
  const nothingMoved = money === "not_moved" ? text("nothingMoved") : null;
  if (customerMessage === null) return { what: next, money: nothingMoved, now: null };
  return {
    what: customerMessage,
    // The API's own sentences say that no money moved; the sentence of the page's own server
    // ("serviceAway") does not, so ours is added.
    money: outcome === "serviceAway" ? nothingMoved : null,
    now: REPEATS.has(outcome) ? null : next,
  };
}

type RetryProps = Pick<Props, "state" | "onReview" | "onChangeAmount"> & { outcome: Outcome };

function Retry({ state, outcome, onReview, onChangeAmount }: RetryProps) {
  const text = useText(depositMessages);
  const isLimit = outcome === "ownLimit";
  return (
    <WaitButton
      until={state.rejection.retryAt}
      onClick={() => {
        if (isLimit) onChangeAmount(state.amount);
        else onReview(state.amount);
      }}
    >
      {text(isLimit ? "changeAmount" : "tryAgain")}
    </WaitButton>
  );
}
