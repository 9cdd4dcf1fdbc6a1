"use client";
import { adviceMessages } from "@/features/deposit/adviceMessages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

const STEPS = [50_000, 20_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10];

type Props = {
  /** Only amounts below this one are offered. */
  below: number;
  /** The remaining allowance, which is offered as an amount too; null when unknown. */
  most: number | null;
  onChoose: (amount: number) => void;
};

/** Offers up to three smaller amounts; a tap opens the review of that amount. */
export function SmallerAmounts({ below, most, onChoose }: Props) {
  const advice = useText(adviceMessages);
  const ceiling = Math.min(below - 1, most ?? Infinity);
  const exact = most !== null && most > 0 && most < below ? [most] : [];
  const amounts = [...new Set([...exact, ...STEPS.filter((step) => step <= ceiling)])].slice(0, 3);
  if (amounts.length === 0) return null;
  return (
    <div role="group" aria-label={advice("smallerAmounts")} className="flex flex-wrap gap-2 *:grow">
      {amounts.map((amount) => (
        <Button
          key={amount}
          kind="secondary"
          className="money px-1.5!"
          onClick={() => {
            onChoose(amount);
          }}
        >
          <span translate="no">{formatKes(amount)}</span>
        </Button>
      ))}
    </div>
  );
}
