"use client";
import { useState } from "react";
import { ConfirmStep } from "@/components/limits/ConfirmStep";
import { Until } from "@/components/limits/Until";
import { PasswordField } from "@/components/PasswordField";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { RadioRow } from "@/components/ui/RadioRow";
import { useText } from "@/hooks/useLanguage";
import { useSignedInForm } from "@/hooks/useSignedInForm";
import { excludeSelf, type ExclusionMonths, type OwnLimits } from "@/lib/accountApi";
import { isLonger } from "@/lib/breaks";
import { limitsMessages } from "@/lib/messages/limits";
import { serverNow } from "@/lib/time";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const MONTHS: readonly ExclusionMonths[] = [6, 12, 60];

const toName = (months: ExclusionMonths) =>
  `months_${String(months) as `${ExclusionMonths}`}` as const;

/** Months without deposits, by the customer's own will: nothing ends it early, so it takes two steps and the password. */
export function ExclusionCard({ own, onSaved }: Props) {
  const text = useText(limitsMessages);
  const [now] = useState(serverNow);
  const [chosen, setChosen] = useState<ExclusionMonths | null>(null);
  const [confirming, setConfirming] = useState(false);
  const possible = MONTHS.filter((months) => isLonger(own.excluded_until, { months }, now));
  const months = chosen ?? possible[0];

  function close() {
    setConfirming(false);
    setChosen(null);
  }

  return (
    <Card title={text("exclusion")} lead={text("exclusionLead")}>
      <Until message="excludedUntil" time={own.excluded_until} now={now} />
      {months === undefined ? <p className="text-ink-soft">{text("alreadyLonger")}</p> : null}
      {months === undefined || confirming ? null : (
        <>
          <RadioRow
            legend={text("pauseLegend")}
            name="exclusion"
            options={MONTHS.map((value) => ({
              value,
              label: text(toName(value)),
              disabled: !possible.includes(value),
            }))}
            chosen={months}
            onChoose={setChosen}
          />
          <Button
            kind="secondary"
            onClick={() => {
              setConfirming(true);
            }}
            className="w-full"
          >
            {text("exclusionNext")}
          </Button>
        </>
      )}
      {months !== undefined && confirming ? (
        <Confirm
          months={months}
          onCancel={close}
          onSaved={(saved) => {
            close();
            onSaved(saved);
          }}
        />
      ) : null}
    </Card>
  );
}

type ConfirmProps = {
  months: ExclusionMonths;
  onCancel: () => void;
  onSaved: Props["onSaved"];
};

function Confirm({ months, onCancel, onSaved }: ConfirmProps) {
  const text = useText(limitsMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [password, setPassword] = useState("");

  function submit() {
    const found = { password: password === "" ? text("passwordMissing") : null };
    void send(found, () => excludeSelf(months, password), onSaved);
  }

  return (
    <ConfirmStep
      title={text("exclusionConfirmTitle", { length: text(toName(months)) })}
      body={text("exclusionConfirmBody")}
      failure={failure}
      busy={busy}
      confirm={text(busy ? "saving" : "exclusionConfirm")}
      cancel={text("notNow")}
      onCancel={onCancel}
      onConfirm={submit}
    >
      <PasswordField
        label={text("exclusionPassword")}
        name="password"
        autoComplete="current-password"
        value={password}
        error={errors.password ?? null}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
    </ConfirmStep>
  );
}
