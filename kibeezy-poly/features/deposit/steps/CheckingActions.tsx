"use client";
/** What the customer can do while M-Pesa's answer is awaited: ask now, and in the end begin another deposit. */
import { useState } from "react";
import { useAnnouncement } from "@/features/deposit/Announcer";
import type { DepositState } from "@/features/deposit/deposit";
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
  useAnnouncement(state.resting ? text("restingNow") : null);
  useAnnouncement(isAsking ? text("checkBusy") : checked);
  return (
    <>
      <div className="space-y-2">
        <Button onClick={ask} className="w-full">
          {text(isAsking ? "checkBusy" : "checkNow")}
        </Button>
        <p className="min-h-[1lh] text-center text-sm text-ink-soft">{checked}</p>
      </div>
      <Another state={state} onAgain={onAgain} />
    </>
  );
}

/** Every answer makes another state, and so does its absence; the button is never closed by waiting for one. */
function useCheck(state: Checking, onCheck: () => void) {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const [asked, setAsked] = useState<{ state: Checking; at: number } | null>(null);
  const isAsking = asked?.state === state;
  // The note on the silence is the answer then.
  if (asked !== null && !isAsking && state.silence !== null) setAsked(null);

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

/** A new deposit beside one that is still open is offered only when the server has told its wait, and it is over. */
function Another({ state: { heard, retryAt }, onAgain }: AnotherProps) {
  const text = useText(depositMessages);
  const wait = useCountdown(retryAt);
  const isOpen = heard && (wait === null || wait === 0);
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
