"use client";
import { type FocusEvent, useState } from "react";
import { flushSync } from "react-dom";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { AmountChips } from "@/features/deposit/steps/AmountChips";
import { useOnline } from "@/features/deposit/steps/useOnline";
import { useLimits } from "@/features/deposit/useLimits";
import { findRemaining, allowanceMessages, useAllowanceText } from "@/features/limits";
import { formatKes, groupDigits, readShillings } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

type Props = {
  state: Extract<DepositState, { kind: "editing" }>;
  phone: string;
  onReview: (amount: number) => void;
};

export function AmountForm({ state, phone, onReview }: Props) {
  const text = useText(depositMessages);
  const online = useOnline();
  const field = useAmountField(state);
  const places = { fee: formatKes(0), phone: formatMaskedPhone(phone) };

  return (
    <form
      noValidate
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        const amount = field.check();
        if (amount !== null) onReview(amount);
      }}
    >
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
        enterKeyHint="next"
        className="money text-xl font-semibold"
        {...field.input}
      />
      <AmountChips digits={field.shillings} onChoose={field.choose} />
      <p className="text-[0.95rem] text-ink-soft">{text("feeLine", places)}</p>
      <Button type="submit" className="min-h-14 w-full text-lg">
        {field.shillings === ""
          ? text("next")
          : text("nextAmount", { amount: formatKes(field.shillings) })}
      </Button>
    </form>
  );
}

/**
 * State of the amount field. What is typed stays as it is until the field loses the focus: then the
 * amount is read and checked, and its digits are grouped (1,500); it is checked again on submit.
 */
function useAmountField(state: Props["state"]) {
  const text = useText(depositMessages);
  const allowanceText = useText(allowanceMessages);
  const limits = useLimits();
  const describeAllowance = useAllowanceText();
  const [typed, setTyped] = useState(
    state.amount === null ? "" : groupDigits(String(state.amount)),
  );
  const [error, setError] = useState(state.error);
  const shillings = readShillings(typed);
  const range = limits && {
    min: formatKes(limits.min_amount),
    max: formatKes(limits.max_amount),
  };
  const remaining = limits && findRemaining(limits);
  const tighter =
    remaining === null || remaining.bound === "one" ? [] : [describeAllowance(remaining)];

  function check(): number | null {
    if (shillings === null) {
      setError(allowanceText("wholeShillings"));
      return null;
    }
    setTyped(groupDigits(shillings));
    const amount = Number(shillings);
    const outside = limits !== null && (amount < limits.min_amount || amount > limits.max_amount);
    if (shillings === "") setError(text("amountMissing"));
    else if (outside && range) setError(text("amountOutside", range));
    else return amount;
    return null;
  }

  function set(next: string) {
    setTyped(next);
    setError(null);
  }

  const input = {
    value: typed,
    error,
    ...(range ? { hint: [text("limits", range), ...tighter].join(" ") } : {}),
    onChange: (event: { target: { value: string } }) => {
      set(event.target.value);
    },
    onFocus: ({ currentTarget }: FocusEvent<HTMLInputElement>) => {
      // Removing the commas clears the selection. `select` restores it, so that the next digits
      // typed replace the amount instead of being added to it.
      flushSync(() => {
        setTyped(shillings ?? typed);
      });
      currentTarget.select();
    },
    onBlur: () => {
      if (shillings !== "") check();
    },
  };
  const choose = (digits: string) => {
    set(groupDigits(digits));
  };
  return { shillings: shillings ?? "", choose, check, input };
}
