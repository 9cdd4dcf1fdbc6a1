"use client";
import { useState } from "react";
import { excludeSelf, type ExclusionMonths } from "@/features/limits/api";
import { ConfirmPassword } from "@/features/limits/ConfirmPassword";
import { confirmMessages } from "@/features/limits/confirmMessages";
import { ConfirmStep } from "@/features/limits/ConfirmStep";
import type { CoolOffStep } from "@/features/limits/CoolOffCard";
import { limitsMessages } from "@/features/limits/messages";
import { toName } from "@/features/limits/ExclusionCard";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";

/** The second step of a self-exclusion, which cannot be ended early: it requires the password. */
export function ExclusionConfirm({ length, onCancel, onSaved }: CoolOffStep<ExclusionMonths>) {
  const text = useText(confirmMessages);
  const limits = useText(limitsMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [password, setPassword] = useState("");

  function submit() {
    const found = { password: password === "" ? text("passwordMissing") : null };
    void send(found, () => excludeSelf(length, password), onSaved);
  }

  return (
    <ConfirmStep
      title={text("exclusionConfirmTitle", { length: limits(toName(length)) })}
      body={text("exclusionConfirmBody")}
      failure={failure}
      busy={busy}
      confirm={text(busy ? "confirming" : "exclusionConfirm")}
      cancel={text("notNow")}
      onCancel={onCancel}
      onConfirm={submit}
    >
      <ConfirmPassword value={password} error={errors.password ?? null} onChange={setPassword} />
    </ConfirmStep>
  );
}
