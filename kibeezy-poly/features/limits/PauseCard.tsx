"use client";
import { useState } from "react";
import { type OwnLimits, pause, type PauseDays } from "@/features/limits/api";
import { CoolOffCard, type CoolOffStep } from "@/features/limits/CoolOffCard";
import { isLonger, isOver } from "@/features/limits/coolOff";
import { ConfirmPassword } from "@/features/limits/ConfirmPassword";
import { ConfirmStep } from "@/features/limits/ConfirmStep";
import { breakMessages } from "@/features/limits/breakMessages";
import { Until } from "@/features/limits/Until";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const DAYS: readonly PauseDays[] = [1, 7, 30];

const toName = (days: PauseDays) => `days_${String(days) as `${PauseDays}`}` as const;

/** Starts a cool-off: some days without deposits. More than one requires the password. */
export function PauseCard({ own, onSaved }: Props) {
  const text = useText(breakMessages);
  const [now] = useState(serverNow);
  const options = DAYS.map((days) => ({
    value: days,
    label: text(toName(days)),
    disabled: !isLonger(own.paused_until, { days }, now),
  }));
  return (
    <CoolOffCard
      name="pause"
      title={text("pause")}
      lead={text("pauseLead")}
      until={<Until message="pausedUntil" time={own.paused_until} now={now} />}
      options={options}
      next={text(isOver(own.paused_until, now) ? "pauseNext" : "pauseLonger")}
      onSaved={onSaved}
    >
      {(step) => <Confirm {...step} />}
    </CoolOffCard>
  );
}

function Confirm({ length, onCancel, onSaved }: CoolOffStep<PauseDays>) {
  const text = useText(breakMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [password, setPassword] = useState("");
  const needsPassword = length > 1;

  function submit() {
    const isMissing = needsPassword && password === "";
    const found = { password: isMissing ? text("passwordMissing") : null };
    void send(found, () => pause(length, needsPassword ? password : null), onSaved);
  }

  return (
    <ConfirmStep
      title={text("pauseConfirmTitle", { length: text(toName(length)) })}
      body={text("pauseConfirmBody")}
      failure={failure}
      busy={busy}
      confirm={text(busy ? "saving" : "pauseConfirm")}
      cancel={text("notNow")}
      onCancel={onCancel}
      onConfirm={submit}
    >
      {needsPassword ? (
        <ConfirmPassword value={password} error={errors.password ?? null} onChange={setPassword} />
      ) : null}
    </ConfirmStep>
  );
}
