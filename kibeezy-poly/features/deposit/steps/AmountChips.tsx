"use client";
import { useState } from "react";
import { depositMessages } from "@/features/deposit/messages";
import { suggestAmounts } from "@/features/deposit/steps/suggestAmounts";
import type { Transaction } from "@/lib/api";
import { formatKes, groupDigits } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

type Props = {
  digits: string;
  transactions: Transaction[];
  /** The most that may be deposited now; larger amounts cannot be chosen. */
  most: number;
  onChoose: (digits: string) => void;
};

/** The customer's usual amounts as radio buttons; choosing one fills the amount field. */
export function AmountChips({ digits, transactions, most, onChoose }: Props) {
  const text = useText(depositMessages);
  // A list that changes under the thumb would make it choose another amount.
  const [suggestions] = useState(() => suggestAmounts(transactions));
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{text("quickAmounts")}</legend>
      {suggestions.map(({ amount, isLast }) => (
        <label key={amount} className="chip">
          <input
            type="radio"
            name="quick-amount"
            aria-label={formatKes(amount)}
            value={amount}
            disabled={amount > most}
            checked={digits === String(amount)}
            onChange={() => {
              onChoose(String(amount));
            }}
          />
          <span translate="no">{groupDigits(String(amount))}</span>
          {isLast ? <small>{text("lastTime")}</small> : null}
        </label>
      ))}
    </fieldset>
  );
}
