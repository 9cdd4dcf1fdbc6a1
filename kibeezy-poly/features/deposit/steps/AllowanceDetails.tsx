"use client";
import { depositMessages } from "@/features/deposit/messages";
import { SheetLink } from "@/features/deposit/steps/SheetLink";
import { SmallerAmounts } from "@/features/deposit/steps/SmallerAmounts";
import { useLimits } from "@/features/deposit/useLimits";
import {
  findRemainingToday,
  findRemaining,
  allowanceMessages,
  useAllowanceText,
} from "@/features/limits";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

type Props = { amount: number; onReview: (amount: number) => void; onLeave: () => void };

/**
 * Shows the remaining allowance and the limit that decides it, freshly fetched, then every limit
 * that applies.
 */
export function AllowanceDetails({ amount, onReview, onLeave }: Props) {
  const text = useText(depositMessages);
  const label = useText(allowanceMessages);
  const say = useAllowanceText();
  const limits = useLimits({ fresh: true });
  if (limits === null) return <div className="skeleton h-24" aria-hidden="true" />;
  const remaining = findRemaining(limits);
  const day = findRemainingToday(limits);
  const lines = [
    ["limitOne", limits.max_amount],
    [day.bound === "ownDay" ? "limitOwnDay" : "limitDay", day.limit],
    ["limitWeek", limits.weekly_limit],
  ] as const;
  return (
    <>
      <div className="rounded-control bg-raised px-4 py-2">
        <p className="py-1.5 font-semibold">{say(remaining)}</p>
        <dl>
          {lines.map(([name, value]) =>
            value === null ? null : (
              <div key={name} className="flex flex-wrap justify-between gap-x-3 py-1.5">
                <dt>{label(name)}</dt>
                <dd className="money font-semibold" translate="no">
                  {formatKes(value)}
                </dd>
              </div>
            ),
          )}
        </dl>
      </div>
      <SmallerAmounts below={amount} most={remaining.left} onChoose={onReview} />
      <SheetLink href="/limits" onLeave={onLeave}>
        {text("toLimits")}
      </SheetLink>
    </>
  );
}
