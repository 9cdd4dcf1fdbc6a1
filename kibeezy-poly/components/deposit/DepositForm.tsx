"use client";
import { useState } from "react";
import { AmountChips } from "@/components/deposit/AmountChips";
import { Alert } from "@/components/ui/Alert";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Icon } from "@/components/ui/Icon";
import { useCountdown } from "@/hooks/useCountdown";
import { useLimits } from "@/hooks/useLimits";
import { useText } from "@/hooks/useLanguage";
import { useOnline } from "@/hooks/useOnline";
import type { DepositState, Refusal } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { cleanAmount, formatKes, groupDigits } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { formatCountdown } from "@/lib/time";

type Props = {
  state: Extract<DepositState, { kind: "editing" }>;
  phone: string;
  onSubmit: (amount: number) => void;
};

export function DepositForm({ state, phone, onSubmit }: Props) {
  const text = useText(depositMessages);
  const online = useOnline();
  const field = useAmountField(state);
  const wait = useCountdown(state.refusal?.retryAt ?? null);
  const mustWait = wait !== null && wait > 0;

  function submit() {
    const amount = field.check();
    if (amount !== null && online && !mustWait) onSubmit(amount);
  }

  return (
    <form
      noValidate
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {state.refusal !== null && state.refusal.fieldMessage === null ? (
        <RefusalNote refusal={state.refusal} />
      ) : null}
      {online ? null : (
        <Alert tone="wait" icon="offline" assertive>
          {text("offlineForm")}
        </Alert>
      )}
      <Field
        label={text("amount")}
        prefix="KSh"
        inputMode="numeric"
        autoComplete="off"
        enterKeyHint="send"
        className="money text-xl font-semibold"
        {...field.input}
      />
      <AmountChips digits={field.digits} onChoose={field.set} />
      <Summary amount={field.digits} />
      <p className="text-[0.95rem] text-ink-soft">
        {text("fromNumber", { phone: formatMaskedPhone(phone) })}
      </p>
      <Button type="submit" disabled={!online || mustWait} className="min-h-14 w-full text-lg">
        {submitLabel(text, field.digits, wait)}
      </Button>
      <p className="flex gap-2 text-sm text-ink-soft">
        <Icon name="shield" className="size-5" />
        {text("pinSafety")}
      </p>
    </form>
  );
}

type DepositText = ReturnType<typeof useText<typeof depositMessages>>;

function submitLabel(text: DepositText, digits: string, wait: number | null): string {
  if (wait !== null && wait > 0) return text("submitWait", { time: formatCountdown(wait) });
  return digits === "" ? text("submit") : text("submitAmount", { amount: formatKes(digits) });
}

/** Digits only, grouped when the field is left; checked then and on sending. */
function useAmountField(state: Props["state"]) {
  const text = useText(depositMessages);
  const limits = useLimits();
  const [digits, setDigits] = useState(state.amount === null ? "" : String(state.amount));
  const [grouped, setGrouped] = useState(true);
  const [error, setError] = useState(state.refusal?.fieldMessage ?? null);
  const range = limits && { min: formatKes(limits.min_amount), max: formatKes(limits.max_amount) };

  function check(): number | null {
    const amount = Number(digits);
    const outside = limits !== null && (amount < limits.min_amount || amount > limits.max_amount);
    if (digits === "") setError(text("amountMissing"));
    else if (outside && range) setError(text("amountOutside", range));
    else return amount;
    return null;
  }

  function set(next: string) {
    setDigits(cleanAmount(next));
    setError(null);
  }

  const input = {
    value: grouped ? groupDigits(digits) : digits,
    error,
    ...(range ? { hint: text("limits", range) } : {}),
    onChange: (event: { target: { value: string } }) => {
      set(event.target.value);
    },
    onFocus: () => {
      setGrouped(false);
    },
    onBlur: () => {
      setGrouped(true);
      if (digits !== "") check();
    },
  };
  return { digits, set, check, input };
}

function RefusalNote({ refusal }: { refusal: Refusal }) {
  const text = useText(depositMessages);
  return (
    <Alert tone="bad" assertive>
      <p className="font-semibold">{refusal.customerMessage ?? text("refusedGeneric")}</p>
      <p>{text("nothingMoved")}</p>
    </Alert>
  );
}

function Summary({ amount }: { amount: string }) {
  const text = useText(depositMessages);
  const money = amount === "" ? "–" : formatKes(amount);
  const lines = [
    [text("youPay"), money],
    [text("ourFee"), formatKes(0)],
    [text("walletGets"), money],
  ] as const;
  return (
    <dl className="rounded-control bg-raised px-4 py-2">
      {lines.map(([label, value]) => (
        <div key={label} className="flex justify-between gap-3 py-1 last:font-semibold">
          <dt>{label}</dt>
          <dd className="money">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
