"use client";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { ProviderStatus } from "@/features/deposit/api";
import {
  type Deposit,
  getAmount,
  type ProgressState,
  type Outage,
} from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { CheckingActions } from "@/features/deposit/steps/CheckingActions";
import { DepositFacts } from "@/features/deposit/steps/DepositFacts";
import { DepositSteps } from "@/features/deposit/steps/DepositSteps";
import { HandOffers } from "@/features/deposit/steps/HandOffers";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { PinEntered, useRest } from "@/features/deposit/steps/PinEntered";
import { PinPrompt } from "@/features/deposit/steps/PinPrompt";
import { Reference } from "@/features/deposit/steps/Reference";
import { useProgressFacts } from "@/features/deposit/steps/useProgressFacts";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import { WaitTimes } from "@/features/deposit/steps/WaitTimes";
import { unclearMessages } from "@/features/deposit/unclearMessages";
import type { HandView } from "@/features/paybill";
import { formatKes } from "@/lib/money";
import { formatMoment } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = {
  state: ProgressState;
  providerStatus: ProviderStatus | null;
  phone: string;
  onResend: () => void;
  onCheck: () => void;
  onPin: () => void;
  onHand: (view: HandView) => void;
  onAgain: () => void;
  onClose: () => void;
};

const STEP: Record<ProgressState["kind"], number> = {
  sending: 0,
  sendUnclear: 0,
  awaitingPin: 1,
  checking: 2,
  underReview: 2,
};

export function DepositProgress(props: Props) {
  const { state, providerStatus, phone, onClose } = props;
  const text = useText(depositMessages);
  const facts = useProgressFacts(state, phone);
  const rest = useRest(props.onCheck);
  return (
    <div className="mt-3 space-y-5">
      {/* A key per state makes React build each view afresh: a reused button could change its
          action under the customer's finger. */}
      <div key={state.kind} className="space-y-5">
        <p className="figure" translate="no">
          {formatKes(getAmount(state) ?? 0)}
        </p>
        <DepositSteps current={STEP[state.kind]} />
        {"outage" in state && state.outage !== null ? (
          <OutageNote state={state} outage={state.outage} />
        ) : null}
        {state.kind === "awaitingPin" ? <PinPrompt expiresAt={state.promptExpiresAt} /> : null}
        <DepositFacts {...facts} />
        {"deposit" in state ? <Known state={state} providerStatus={providerStatus} /> : null}
        <Actions {...props} rest={rest} />
        <Button kind="secondary" onClick={onClose} className="w-full">
          {text(isWaitOver(state) ? "close" : "minimise")}
        </Button>
      </div>
      {/* The help is outside the keyed element, so that it stays open when the state changes. */}
      {state.kind === "sending" ? null : (
        <HelpDetails state={state} phone={phone} open={state.kind === "underReview"} />
      )}
    </div>
  );
}

/** True when this screen no longer waits for an outcome. */
function isWaitOver(state: ProgressState): boolean {
  return state.kind === "underReview" || (state.kind === "sendUnclear" && state.missing);
}

type KnownProps = {
  state: Extract<ProgressState, { deposit: Deposit }>;
  providerStatus: ProviderStatus | null;
};

function Known({ state, providerStatus }: KnownProps) {
  const { deposit, kind } = state;
  return (
    <>
      {kind === "underReview" ? null : (
        <WaitTimes
          since={kind === "checking" ? deposit.startedAt : null}
          providerStatus={providerStatus}
        />
      )}
      {deposit.notice === null ? null : (
        <Alert tone="wait">
          <Sentence>{deposit.notice}</Sentence>
        </Alert>
      )}
      <Reference
        id={deposit.transactionId}
        label={kind === "underReview" ? "caseNumber" : "reference"}
      />
    </>
  );
}

type ActionsProps = Props & { rest: ReturnType<typeof useRest> };

function Actions({ state, rest, onResend, onCheck, onPin, onHand, onAgain }: ActionsProps) {
  const unclear = useText(unclearMessages);
  const text = useText(depositMessages);
  if (state.kind === "sendUnclear")
    return (
      <>
        <WaitButton until={state.retryAt} onClick={onResend}>
          {text("checkNow")}
        </WaitButton>
        {state.missing ? (
          <Button kind="secondary" onClick={onAgain} className="w-full">
            {unclear("startAgain")}
          </Button>
        ) : null}
      </>
    );
  if (state.kind !== "awaitingPin" && state.kind !== "checking") return null;
  const isChecking = state.kind === "checking";
  return (
    <>
      <PinEntered rest={rest} onPin={onPin} />
      {isChecking ? <CheckingActions state={state} onCheck={onCheck} onAgain={onAgain} /> : null}
      <HandOffers offers={isChecking ? ["claim", "paybill"] : ["noPrompt"]} onHand={onHand} />
    </>
  );
}

type OutageProps = {
  state: Extract<ProgressState, { outage: Outage | null }>;
  outage: Outage;
};

/**
 * Says that the last status request failed. Announced again after each failed request if another
 * message was announced in between.
 */
function OutageNote({ state, outage }: OutageProps) {
  const { startedAt } = state.deposit;
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const note = text(`outage_${outage}`, { time: formatMoment(Date.parse(startedAt), language) });
  useAnnouncement(note, state);
  return (
    <Alert tone="wait" icon={outage === "network" ? "offline" : "clock"}>
      {note}
    </Alert>
  );
}
