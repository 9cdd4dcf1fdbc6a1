"use client";
import { type FocusEvent, useId, useState } from "react";
import { flushSync } from "react-dom";
import type { DepositState } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { AmountChips } from "@/features/deposit/steps/AmountChips";
import { OfflineAlert } from "@/features/deposit/steps/OfflineAlert";
import { useLimits } from "@/features/deposit/useLimits";
import {
  allowanceMessages,
  findDepositBlock,
  findRemaining,
  BlockNotice,
  useAllowanceText,
} from "@/features/limits";
import type { Transaction } from "@/lib/api";
import { formatKes, groupDigits, readShillings } from "@/lib/money";
import { formatOwnPhone } from "@/lib/phone";
import { releaseSheetEntry } from "@/lib/sheetEntry";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = {
  state: Extract<DepositState, { kind: "editing" }>;
  phone: string;
  transactions: Transaction[];
  onReview: (amount: number) => void;
  onClose: () => void;
};

export function AmountForm({ state, phone, transactions, onReview, onClose }: Props) {
  const text = useText(depositMessages);
  const field = useAmountField(state);
  const { block, error, hint, instead } = field;
  const id = useId();

  return (
    <form
      noValidate
      className="view"
      onSubmit={(event) => {
        event.preventDefault();
        const amount = field.check();
        if (amount !== null) onReview(amount);
      }}
    >
      <OfflineAlert />
      <label className="amount">
        <span aria-hidden="true" className="text-lg font-medium text-ink-soft">
          KSh
        </span>
        <input
          aria-label={text("amount")}
          inputMode="numeric"
          autoComplete="off"
          enterKeyHint="next"
          size={6}
          aria-invalid={error === null ? undefined : true}
          aria-describedby={`${id}-error ${id}-hint`}
          {...field.input}
        />
      </label>
      <div className="text-center">
        {error === null ? null : (
          <p id={`${id}-error`} role="alert" className="font-medium text-bad">
            <Sentence>{error}</Sentence>
          </p>
        )}
        {instead === null ? null : (
          <Button
            kind="quiet"
            onClick={() => {
              field.choose(String(instead));
            }}
          >
            {text("useInstead", { amount: formatKes(instead) })}
          </Button>
        )}
        {/* Two lines are kept: the limits arrive after the form, and must not move what a thumb is
            about to touch. */}
        <p id={`${id}-hint`} className="min-h-[2lh] text-sm text-balance text-ink-soft">
          {hint}
        </p>
      </div>
      {block === null ? (
        <AmountChips
          digits={field.shillings}
          transactions={transactions}
          most={field.most}
          onChoose={field.choose}
        />
      ) : (
        <BlockNotice
          block={block}
          onLeave={() => {
            releaseSheetEntry();
            onClose();
          }}
        />
      )}
      <p className="text-center text-sm text-ink-soft">
        {text("feeLine", { phone: formatOwnPhone(phone) })}
      </p>
      <div className="actions mt-0!">
        <Button type="submit" disabled={block !== null}>
          {text("next")}
        </Button>
      </div>
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
  const most = limits?.refused_by === null ? limits.most_now : Infinity;
  const remaining = limits && findRemaining(limits);
  const isOver = Number(shillings ?? "") > most;

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
    else if (amount > most) setError(text("overLimit", { amount: formatKes(amount - most) }));
    else return amount;
    return null;
  }

  function describeRange(): string | null {
    if (range === null || remaining === null) return null;
    return remaining.bound === "one" ? text("limits", range) : describeAllowance(remaining);
  }

  function set(next: string) {
    setTyped(next);
    setError(null);
  }

  const input = {
    value: typed,
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
  return {
    shillings: shillings ?? "",
    choose,
    check,
    input,
    error,
    most,
    hint: describeRange(),
    block: findDepositBlock(limits, serverNow()),
    /** The most that is possible, where more was typed. */
    instead: error !== null && isOver ? most : null,
  };
}
