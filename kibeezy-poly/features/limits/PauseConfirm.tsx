"use client";
import { useState } from "react";
import { pause, type PauseDays } from "@/features/limits/api";
import { ConfirmPassword } from "@/features/limits/ConfirmPassword";
import { confirmMessages } from "@/features/limits/confirmMessages";
import { ConfirmStep } from "@/features/limits/ConfirmStep";
import type { CoolOffStep } from "@/features/limits/CoolOffCard";
import { limitsMessages } from "@/features/limits/messages";
import { toName } from "@/features/limits/PauseCard";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";

/** The second step of a cool-off. More than one day requires the password. */
export function PauseConfirm({ length, onCancel, onSaved }: CoolOffStep<PauseDays>) {
  const text = useText(confirmMessages);
  const limits = useText(limitsMessages);
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
      title={text("pauseConfirmTitle", { length: limits(toName(length)) })}
      body={text("pauseConfirmBody")}
      failure={failure}
      busy={busy}
      confirm={text(busy ? "confirming" : "pauseConfirm")}
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
