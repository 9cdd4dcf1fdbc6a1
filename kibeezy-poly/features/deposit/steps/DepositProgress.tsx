"use client";
import { Fragment } from "react";
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
import { formatOwnPhone } from "@/lib/phone";
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

export function DepositProgress(props: Props) {
  const { state, providerStatus, phone, onClose } = props;
  const text = useText(depositMessages);
  const facts = useProgressFacts(state);
  const rest = useRest(props.onCheck);
  return (
    <div className="view">
      {/* A key per state makes React build each view afresh: a reused button could change its
          action under the customer's finger. */}
      <Fragment key={state.kind}>
        {isOnPhone(state) ? null : (
          <p className="figure" translate="no">
            {formatKes(getAmount(state) ?? 0)}
          </p>
        )}
        <PinWhere state={state} phone={phone} />
        {"outage" in state && state.outage !== null ? (
          <OutageNote state={state} outage={state.outage} />
        ) : null}
        {isOnPhone(state) ? (
          <PinPrompt
            amount={getAmount(state) ?? 0}
            arrived={state.kind === "awaitingPin"}
            expiresAt={state.kind === "awaitingPin" ? state.promptExpiresAt : null}
          />
        ) : null}
        <DepositFacts {...facts} />
        {"deposit" in state ? <Known state={state} providerStatus={providerStatus} /> : null}
      </Fragment>
      {/* The help is outside the keyed elements, so that it stays open when the state changes. */}
      {state.kind === "sending" ? null : (
        <HelpDetails state={state} phone={phone} open={state.kind === "underReview"} />
      )}
      <Fragment key={`${state.kind}-actions`}>
        <MainAction {...props} rest={rest} />
        <div className="second-actions">
          <SecondActions {...props} />
          {state.kind === "underReview" ? null : (
            <Button kind="quiet" onClick={onClose}>
              {text(isWaitOver(state) ? "close" : "minimise")}
            </Button>
          )}
        </div>
      </Fragment>
    </div>
  );
}

/** True while the picture of the phone tells what happens: on a first request, and at the prompt. */
function isOnPhone(state: ProgressState): boolean {
  return state.kind === "awaitingPin" || (state.kind === "sending" && !state.repeated);
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
      {kind === "awaitingPin" ? null : (
        <Reference
          id={deposit.transactionId}
          label={kind === "underReview" ? "caseNumber" : "reference"}
        />
      )}
    </>
  );
}

type ActionsProps = Props & { rest: ReturnType<typeof useRest> };

/** The action at the foot: what most customers need in this state. */
function MainAction({ state, rest, onResend, onPin, onClose }: ActionsProps) {
  const text = useText(depositMessages);
  if (state.kind === "sending") return null;
  return (
    <div className="actions">
      {state.kind === "sendUnclear" ? (
        <WaitButton until={state.retryAt} onClick={onResend}>
          {text("checkNow")}
        </WaitButton>
      ) : state.kind === "underReview" ? (
        <Button onClick={onClose}>{text("close")}</Button>
      ) : (
        <PinEntered rest={rest} onPin={onPin} />
      )}
    </div>
  );
}

function SecondActions({ state, onCheck, onHand, onAgain }: Props) {
  const unclear = useText(unclearMessages);
  if (state.kind === "sendUnclear")
    return state.missing ? (
      <Button kind="secondary" onClick={onAgain}>
        {unclear("startAgain")}
      </Button>
    ) : null;
  if (state.kind === "awaitingPin") return <HandOffers offers={["noPrompt"]} onHand={onHand} />;
  return state.kind === "checking" ? (
    <>
      <CheckingActions state={state} onCheck={onCheck} onAgain={onAgain} />
      <HandOffers offers={["claim", "paybill"]} onHand={onHand} />
    </>
  ) : null;
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

/** Says on which phone the prompt is, and for how much. */
function PinWhere({ state, phone }: Pick<Props, "state" | "phone">) {
  const text = useText(depositMessages);
  if (state.kind !== "awaitingPin") return null;
  const places = { phone: formatOwnPhone(phone), amount: formatKes(state.deposit.amount) };
  return <p className="-mt-2 text-ink-soft">{text("pinWhere", places)}</p>;
}
