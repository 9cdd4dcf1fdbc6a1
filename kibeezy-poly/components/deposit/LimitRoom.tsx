"use client";
import { SheetLink } from "@/components/deposit/SheetLink";
import { SmallerAmounts } from "@/components/deposit/SmallerAmounts";
import { useLimits } from "@/hooks/useLimits";
import { useText } from "@/hooks/useLanguage";
import { depositMessages } from "@/lib/messages/deposit";
import { formatKes } from "@/lib/money";

type Props = { amount: number; onReview: (amount: number) => void; onLeave: () => void };

/** Which limit it is, and how much is possible now, asked afresh. */
export function LimitRoom({ amount, onReview, onLeave }: Props) {
  const text = useText(depositMessages);
  const limits = useLimits({ fresh: true });
  if (limits === null) return <div className="skeleton h-24" aria-hidden="true" />;
  const { max_amount, daily_limit, remaining_today, weekly_limit, remaining_this_week } = limits;
  const lines = [
    ["limitOne", max_amount],
    ["limitDay", daily_limit],
    ["limitLeftToday", remaining_today],
    ["limitWeek", weekly_limit],
    ["limitLeftWeek", remaining_this_week],
  ] as const;
  const most = Math.min(max_amount, remaining_today, remaining_this_week ?? Infinity);
  return (
    <>
      <dl className="rounded-control bg-raised px-4 py-2">
        {lines.map(([label, value]) =>
          value === null ? null : (
            <div key={label} className="flex flex-wrap justify-between gap-x-3 py-1.5">
              <dt>{text(label)}</dt>
              <dd className="money font-semibold">{formatKes(value)}</dd>
            </div>
          ),
        )}
      </dl>
      <SmallerAmounts below={amount} most={most} onChoose={onReview} />
      <SheetLink href="/limits" onLeave={onLeave}>
        {text("toLimits")}
      </SheetLink>
    </>
  );
}
