"use client";
import { DepositFacts } from "@/components/deposit/DepositFacts";
import { DepositSteps } from "@/components/deposit/DepositSteps";
import { PinPrompt } from "@/components/deposit/PinPrompt";
import { Alert } from "@/components/ui/Alert";
import { Button } from "@/components/ui/Button";
import { useProgressFacts } from "@/components/deposit/useProgressFacts";
import { useCountdown } from "@/hooks/useCountdown";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { type Deposit, type DepositState, getAmount, isOffline } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { formatKes } from "@/lib/money";
import { formatCountdown, formatTime } from "@/lib/time";

export type ProgressState = Extract<
  DepositState,
  { kind: "sending" | "sendUnclear" | "awaitingPin" | "checking" | "underReview" }
>;

type Props = {
  state: ProgressState;
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

export function DepositProgress({ state, phone, onResend, onCheck, onAgain, onClose }: Props) {
  const text = useText(depositMessages);
  const facts = useProgressFacts(state, phone);
  const deposit = "deposit" in state ? state.deposit : null;
  return (
    // Each state is a view of its own: nothing of the last one slides to another place under a finger.
    <div key={state.kind} className="mt-3 space-y-5">
      <p className="money text-3xl font-bold">{formatKes(getAmount(state))}</p>
      <DepositSteps current={STEP[state.kind]} />
      {deposit?.notice == null ? null : <Alert tone="wait">{deposit.notice}</Alert>}
      {isOffline(state) ? <OfflineNote startedAt={state.deposit.startedAt} /> : null}
      {state.kind === "awaitingPin" ? <PinPrompt expiresAt={state.promptExpiresAt} /> : null}
      <DepositFacts {...facts} />
      {deposit === null ? null : <Reference deposit={deposit} />}
      {state.kind === "sendUnclear" ? (
        <CheckButton retryAt={state.retryAt} onResend={onResend} />
      ) : null}
      {state.kind === "checking" ? (
        <CheckingActions retryAt={state.retryAt} onCheck={onCheck} onAgain={onAgain} />
      ) : null}
      <Button kind="secondary" onClick={onClose} className="w-full">
        {text("minimise")}
      </Button>
    </div>
  );
}

function OfflineNote({ startedAt }: { startedAt: string }) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  return (
    <Alert tone="wait" icon="offline">
      {text("offlineWaiting", { time: formatTime(Date.parse(startedAt), language) })}
    </Alert>
  );
}

function Reference({ deposit }: { deposit: Deposit }) {
  const text = useText(depositMessages);
  return (
    <p className="flex justify-between gap-3 rounded-control bg-raised px-4 py-3">
      <span>{text("reference")}</span>
      <strong className="money">#{deposit.transactionId}</strong>
    </p>
  );
}

/** The same request with the same key, and only by the customer's own tap. */
function CheckButton({ retryAt, onResend }: { retryAt: number | null; onResend: () => void }) {
  const text = useText(depositMessages);
  const wait = useCountdown(retryAt);
  const mustWait = wait !== null && wait > 0;
  return (
    <Button onClick={onResend} disabled={mustWait} className="min-h-14 w-full text-lg">
      {mustWait ? text("checkIn", { time: formatCountdown(wait) }) : text("checkNow")}
    </Button>
  );
}

type CheckingProps = { retryAt: number | null; onCheck: () => void; onAgain: () => void };

/** A new deposit beside one that is still open is offered only when the server's wait is over. */
function CheckingActions({ retryAt, onCheck, onAgain }: CheckingProps) {
  const text = useText(depositMessages);
  const wait = useCountdown(retryAt);
  const mayStartAnother = wait === null || wait === 0;
  return (
    <>
      <Button onClick={onCheck} className="w-full">
        {text("checkNow")}
      </Button>
      {mayStartAnother ? (
        <div className="text-center">
          <Button
            kind="quiet"
            onClick={() => {
              onAgain();
            }}
          >
            {text("startAnother")}
          </Button>
          <p className="text-sm text-ink-soft">{text("startAnotherNote")}</p>
        </div>
      ) : null}
    </>
  );
}
