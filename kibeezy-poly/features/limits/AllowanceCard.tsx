"use client";
import type { Limits } from "@/features/limits/api";
import { limitsMessages } from "@/features/limits/messages";
import { MpesaLimits } from "@/features/limits/MpesaLimits";
import { findRemainingToday, findRemaining } from "@/features/limits/allowance";
import { useAllowanceText } from "@/features/limits/useAllowanceText";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Card } from "@/ui/Card";
import { FactList } from "@/ui/FactList";

/** Shows how much the customer can deposit now, after every limit that applies. */
export function AllowanceCard({ allowance }: { allowance: Limits }) {
  const text = useText(limitsMessages);
  const describeAllowance = useAllowanceText();
  const { min_amount, max_amount, tier, used_today, weekly_limit, remaining_this_week } = allowance;
  const day = findRemainingToday(allowance);
  const range = { min: formatKes(min_amount), max: formatKes(max_amount) };
  return (
    <Card title={text("possible")}>
      {allowance.refused_by === null ? (
        <p className="font-semibold">{describeAllowance(findRemaining(allowance))}</p>
      ) : null}
      <Meter
        title={text(day.bound === "ownDay" ? "todayOwn" : "today")}
        used={used_today}
        left={day.left}
        limit={day.limit}
      />
      {weekly_limit === null || remaining_this_week === null ? null : (
        <Meter
          title={text("week")}
          used={Math.max(0, weekly_limit - remaining_this_week)}
          left={remaining_this_week}
          limit={weekly_limit}
        />
      )}
      <p className="text-sm text-ink-soft">{text("todayNote")}</p>
      <FactList
        facts={[
          [text("each"), text("eachRange", range)],
          [text("tier"), text(`tier_${tier}`)],
        ]}
      />
      {tier === "full" ? null : <p>{text("tierBasicNote")}</p>}
      <MpesaLimits />
    </Card>
  );
}

type MeterProps = { title: string; used: number; left: number; limit: number };

/** The used and the remaining part of a limit as text; the bar shows the same. */
function Meter({ title, used, left, limit }: MeterProps) {
  const text = useText(limitsMessages);
  // The width is an SVG attribute, because the page's Content-Security-Policy forbids inline
  // styles.
  const width = `${String(Math.min(100, Math.round((used / Math.max(1, limit)) * 100)))}%`;
  return (
    <div>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-semibold">{title}</span>
        <strong className="money text-xl">{text("left", { amount: formatKes(left) })}</strong>
      </p>
      <svg aria-hidden="true" className="mt-2 h-2 w-full rounded-full">
        <rect width="100%" height="100%" className="fill-line" />
        <rect width={width} height="100%" className="fill-brand" />
      </svg>
      <p className="mt-1 text-sm text-ink-soft">
        {text("usedOf", { used: formatKes(used), limit: formatKes(limit) })}
      </p>
    </div>
  );
}
