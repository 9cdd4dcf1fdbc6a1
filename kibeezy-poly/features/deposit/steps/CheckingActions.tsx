"use client";
/**
 * The buttons while the outcome is open: check the status now and, later, start another deposit.
 */
import { useState } from "react";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { useCountdown } from "@/features/deposit/steps/useCountdown";
import { formatTime, serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Checking = Extract<DepositState, { kind: "checking" }>;

type Props = { state: Checking; onCheck: () => void; onAgain: () => void };

export function CheckingActions({ state, onCheck, onAgain }: Props) {
  const text = useText(depositMessages);
  const { checked, isAsking, ask } = useCheck(state, onCheck);
  useAnnouncement(state.stoppedPolling ? text("stoppedPollingNow") : null);
  useAnnouncement(isAsking ? text("checkBusy") : checked);
  return (
    <>
      <Button kind="secondary" onClick={ask}>
        {text(isAsking ? "checkBusy" : "checkNow")}
      </Button>
      <p className="min-h-[1lh] text-center text-sm text-ink-soft">{checked}</p>
      <Another state={state} onAgain={onAgain} />
    </>
  );
}

/**
 * Asks for the status, and says when it was checked. Every answer or failed request makes a new
 * `state`, which ends "checking". The button is never disabled.
 */
function useCheck(state: Checking, onCheck: () => void) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const [asked, setAsked] = useState<{ state: Checking; at: number } | null>(null);
  const isAsking = asked?.state === state;
  // After a failed request the outage note is the answer, so no time of the check is shown.
  if (asked !== null && !isAsking && state.outage !== null) setAsked(null);

  return {
    isAsking,
    checked:
      asked === null || isAsking
        ? null
        : text("checkedAt", { time: formatTime(asked.at, language) }),
    ask: () => {
      setAsked({ state, at: serverNow() });
      onCheck();
    },
  };
}

type AnotherProps = Pick<Props, "state" | "onAgain">;

/**
 * Offers a second deposit beside the open one, but only once the server has answered and the wait
 * it named is over.
 */
function Another({ state: { answered, retryAt }, onAgain }: AnotherProps) {
  const text = useText(depositMessages);
  const wait = useCountdown(retryAt);
  const isOpen = answered && (wait === null || wait === 0);
  useAnnouncement(isOpen ? text("anotherAnnounce") : null);
  return isOpen ? (
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
  ) : null;
}
