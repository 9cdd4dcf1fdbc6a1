"use client";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { Weather } from "@/features/deposit/api";
import {
  type Deposit,
  getAmount,
  type ProgressState,
  type Silence,
} from "@/features/deposit/deposit";
import { depositMessages } from "@/features/deposit/messages";
import { CheckingActions } from "@/features/deposit/steps/CheckingActions";
import { DepositFacts } from "@/features/deposit/steps/DepositFacts";
import { DepositSteps } from "@/features/deposit/steps/DepositSteps";
import { HelpDetails } from "@/features/deposit/steps/HelpDetails";
import { PinPrompt } from "@/features/deposit/steps/PinPrompt";
import { Reference } from "@/features/deposit/steps/Reference";
import { useProgressFacts } from "@/features/deposit/steps/useProgressFacts";
import { WaitButton } from "@/features/deposit/steps/WaitButton";
import { WaitTimes } from "@/features/deposit/steps/WaitTimes";
import { unclearMessages } from "@/features/deposit/unclearMessages";
import { formatKes } from "@/lib/money";
import { formatMoment } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";

type Props = {
  state: ProgressState;
  weather: Weather | null;
  phone: string;
  onResend: () => void;
  onCheck: () => void;
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
  const { state, weather, phone, onClose } = props;
  const text = useText(depositMessages);
  const facts = useProgressFacts(state, phone);
  return (
    <div className="mt-3 space-y-5">
      {/* Each state is a view of its own: nothing of the last one slides to another place under a finger. */}
      <div key={state.kind} className="space-y-5">
        <p className="figure">{formatKes(getAmount(state) ?? 0)}</p>
        <DepositSteps current={STEP[state.kind]} />
        {"silence" in state && state.silence !== null ? (
          <SilenceNote state={state} silence={state.silence} />
        ) : null}
        {state.kind === "awaitingPin" ? <PinPrompt expiresAt={state.promptExpiresAt} /> : null}
        <DepositFacts {...facts} />
        {"deposit" in state ? <Known state={state} weather={weather} /> : null}
        <Actions {...props} />
        <Button kind="secondary" onClick={onClose} className="w-full">
          {text(isWaitOver(state) ? "close" : "minimise")}
        </Button>
      </div>
      {/* Stays, and stays open, whatever the server says while somebody reads it. */}
      {state.kind === "sending" ? null : (
        <HelpDetails state={state} phone={phone} open={state.kind === "underReview"} />
      )}
    </div>
  );
}

/** There is nothing left that this screen would confirm. */
function isWaitOver(state: ProgressState): boolean {
  return state.kind === "underReview" || (state.kind === "sendUnclear" && state.missing);
}

type KnownProps = {
  state: Extract<ProgressState, { deposit: Deposit }>;
  weather: Weather | null;
};

/** What there is to say of a deposit that the server knows. */
function Known({ state, weather }: KnownProps) {
  const { deposit, kind } = state;
  return (
    <>
      {kind === "underReview" ? null : (
        <WaitTimes since={kind === "checking" ? deposit.startedAt : null} weather={weather} />
      )}
      {deposit.notice === null ? null : <Alert tone="wait">{deposit.notice}</Alert>}
      <Reference
        id={deposit.transactionId}
        label={kind === "underReview" ? "caseNumber" : "reference"}
      />
    </>
  );
}

function Actions({ state, onResend, onCheck, onAgain }: Props) {
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
            {unclear("startAnew")}
          </Button>
        ) : null}
      </>
    );
  return state.kind === "checking" ? (
    <CheckingActions state={state} onCheck={onCheck} onAgain={onAgain} />
  ) : null;
}

type SilenceProps = {
  state: Extract<ProgressState, { silence: Silence | null }>;
  silence: Silence;
};

/** Said again after every question in vain, once something else was said in between. */
function SilenceNote({ state, silence }: SilenceProps) {
  const { startedAt } = state.deposit;
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const note = text(`silence_${silence}`, { time: formatMoment(Date.parse(startedAt), language) });
  useAnnouncement(note, state);
  return (
    <Alert tone="wait" icon={silence === "network" ? "offline" : "clock"}>
      {note}
    </Alert>
  );
}
