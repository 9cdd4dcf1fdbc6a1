"use client";
import { useState } from "react";
import { excludeSelf, type ExclusionMonths, type OwnLimits } from "@/features/limits/api";
import { CoolOffCard, type CoolOffStep } from "@/features/limits/CoolOffCard";
import { isLonger } from "@/features/limits/coolOff";
import { ConfirmPassword } from "@/features/limits/ConfirmPassword";
import { ConfirmStep } from "@/features/limits/ConfirmStep";
import { breakMessages } from "@/features/limits/breakMessages";
import { Until } from "@/features/limits/Until";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const MONTHS: readonly ExclusionMonths[] = [6, 12, 60];

const toName = (months: ExclusionMonths) =>
  `months_${String(months) as `${ExclusionMonths}`}` as const;

/**
 * Self-exclusion: months without deposits. It cannot be ended early, so starting it requires the
 * password.
 */
export function ExclusionCard({ own, onSaved }: Props) {
  const text = useText(breakMessages);
  const [now] = useState(serverNow);
  const options = MONTHS.map((months) => ({
    value: months,
    label: text(toName(months)),
    disabled: !isLonger(own.excluded_until, { months }, now),
  }));
  return (
    <CoolOffCard
      name="exclusion"
      title={text("exclusion")}
      lead={text("exclusionLead")}
      until={<Until message="excludedUntil" time={own.excluded_until} now={now} />}
      options={options}
      next={text("exclusionNext")}
      onSaved={onSaved}
    >
      {(step) => <Confirm {...step} />}
    </CoolOffCard>
  );
}

function Confirm({ length, onCancel, onSaved }: CoolOffStep<ExclusionMonths>) {
  const text = useText(breakMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [password, setPassword] = useState("");

  function submit() {
    const found = { password: password === "" ? text("passwordMissing") : null };
    void send(found, () => excludeSelf(length, password), onSaved);
  }

  return (
    <ConfirmStep
      title={text("exclusionConfirmTitle", { length: text(toName(length)) })}
      body={text("exclusionConfirmBody")}
      failure={failure}
      busy={busy}
      confirm={text(busy ? "saving" : "exclusionConfirm")}
      cancel={text("notNow")}
      onCancel={onCancel}
      onConfirm={submit}
    >
      <ConfirmPassword value={password} error={errors.password ?? null} onChange={setPassword} />
    </ConfirmStep>
  );
}
