"use client";
import { depositMessages } from "@/features/deposit/messages";
import { formatKes, groupDigits } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

const AMOUNTS = ["100", "500", "1000", "5000"];

type Props = { digits: string; onChoose: (digits: string) => void };

/** Preset amounts as radio buttons; choosing one fills the amount field. */
export function AmountChips({ digits, onChoose }: Props) {
  const text = useText(depositMessages);
  return (
    <fieldset className="grid grid-cols-4 gap-2">
      <legend className="sr-only">{text("quickAmounts")}</legend>
      {AMOUNTS.map((amount) => (
        <label
          key={amount}
          className="money relative grid min-h-touch cursor-pointer place-items-center rounded-control border border-line-strong font-semibold has-checked:border-brand has-checked:bg-brand-soft has-checked:text-on-brand-soft has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-(--ring)"
        >
          <input
            type="radio"
            name="quick-amount"
            className="absolute inset-0 cursor-pointer opacity-0"
            aria-label={formatKes(amount)}
            value={amount}
            checked={digits === amount}
            onChange={() => {
              onChoose(amount);
            }}
          />
          <span translate="no">{groupDigits(amount)}</span>
        </label>
      ))}
    </fieldset>
  );
}
