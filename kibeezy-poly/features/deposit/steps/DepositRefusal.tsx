"use client";
import type { DepositState, Refusal } from "@/features/deposit/deposit";
import { depositMessages } from "@/features/deposit/messages";
import { type Ending, findRefusal, getNext } from "@/features/deposit/resultMessages";
import { DepositFacts, type Facts } from "@/features/deposit/steps/DepositFacts";
import { EndedAmount } from "@/features/deposit/steps/Ending";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { LimitRoom } from "@/features/deposit/steps/LimitRoom";
import { SheetLink } from "@/features/deposit/steps/SheetLink";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import { fill } from "@/lib/text";
import { formatDateTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  state: Extract<DepositState, { kind: "refused" }>;
  phone: string;
  onReview: (amount: number) => void;
  onChangeAmount: (amount: number) => void;
  onClose: () => void;
};

/** Where the way on is another page of ours. */
const PAGES: Partial<
  Record<Ending, { href: string; label: "toIdentity" | "toLimits" | "toAccount" }>
> = {
  kyc: { href: "/identity", label: "toIdentity" },
  excluded: { href: "/limits", label: "toLimits" },
  phone: { href: "/account", label: "toAccount" },
};
/** Where our words on what to do now would only repeat the server's. */
const REPEATS = new Set<Ending>(["notStarted", "serviceAway"]);
const NO_RETRY = new Set<Ending>(["review", "denied", "blocked"]);

/** A clear no before anything reached the phone: why, and the way on that fits it. */
export function DepositRefusal({ state, phone, onClose, ...again }: Props) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const { amount, refusal } = state;
  const ending = findRefusal(refusal.code);
  const facts = useFacts(refusal, ending);
  const page = PAGES[ending];
  const until = ending === "excluded" ? refusal.retryAt : null;
  return (
    <div className="mt-3 space-y-5">
      <EndedAmount amount={amount} icon="alert" />
      <DepositFacts {...facts} />
      {until === null ? null : (
        <p className="rounded-control bg-raised px-4 py-3 font-semibold">
          {text("excludedUntil", { time: formatDateTime(new Date(until).toISOString(), language) })}
        </p>
      )}
      {ending === "ownLimit" ? (
        <LimitRoom amount={amount} onReview={again.onReview} onLeave={onClose} />
      ) : null}
      {page === undefined ? (
        <Retry state={state} ending={ending} {...again} />
      ) : (
        <SheetLink href={page.href} onLeave={onClose} main>
          {text(page.label)}
        </SheetLink>
      )}
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("close")}
      </Button>
      {page === undefined && ending !== "serviceAway" ? (
        <HelpDetails state={state} phone={phone} open={NO_RETRY.has(ending)} />
      ) : null}
    </div>
  );
}

/** In the server's words; in ours what they leave out, or everything where none came. */
function useFacts({ customerMessage, money }: Refusal, ending: Ending): Facts {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const next = fill(getNext(ending), language);
  const nothingMoved = money === "not_moved" ? text("nothingMoved") : null;
  if (customerMessage === null) return { what: next, money: nothingMoved, now: null };
  return {
    what: customerMessage,
    // The API's sentence says it wherever it is so; that of the page's own server does not.
    money: ending === "serviceAway" ? nothingMoved : null,
    now: REPEATS.has(ending) ? null : next,
  };
}

type RetryProps = Pick<Props, "state" | "onReview" | "onChangeAmount"> & { ending: Ending };

function Retry({ state, ending, onReview, onChangeAmount }: RetryProps) {
  const text = useText(depositMessages);
  const isLimit = ending === "ownLimit";
  if (NO_RETRY.has(ending)) return null;
  return (
    <WaitButton
      until={state.refusal.retryAt}
      onClick={() => {
        if (isLimit) onChangeAmount(state.amount);
        else onReview(state.amount);
      }}
    >
      {text(isLimit ? "changeAmount" : "tryAgain")}
    </WaitButton>
  );
}
