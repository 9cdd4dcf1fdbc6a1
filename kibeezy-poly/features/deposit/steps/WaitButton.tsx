"use client";
import type { ReactNode } from "react";
import { useAnnouncedCountdown } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import { useCountdown } from "@/features/deposit/steps/useCountdown";
import { formatCountdown } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  /** From when the server allows the action, as milliseconds; null: now. */
  until: number | null;
  onClick: () => void;
  disabled?: boolean;
  children: ReactNode;
};

/**
 * The main button of a view. While the server demands a wait the button keeps its place and focus,
 * shows a countdown, and a tap does nothing.
 */
export function WaitButton({ until, onClick, disabled = false, children }: Props) {
  const text = useText(depositMessages);
  const wait = useCountdown(until) ?? 0;
  useAnnouncedCountdown(until === null ? null : wait, (seconds) =>
    seconds === 0 ? text("waitOver") : text("waitAnnounce", { seconds }),
  );
  const mustWait = wait > 0;
  return (
    <Button onClick={onClick} busy={mustWait} disabled={disabled}>
      <span>{children}</span>
      {mustWait ? (
        <span aria-hidden="true" className="money" translate="no">
          {text("waitIn", { time: formatCountdown(wait) })}
        </span>
      ) : null}
    </Button>
  );
}
