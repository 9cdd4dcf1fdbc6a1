"use client";
import type { Limits } from "@/features/limits/api";
import { IdentityLink } from "@/features/limits/IdentityLink";
import { limitsMessages } from "@/features/limits/messages";
import { MpesaLimits } from "@/features/limits/MpesaLimits";
import { findRemainingToday } from "@/features/limits/allowance";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Card } from "@/ui/Card";
import { type Fact, FactList } from "@/ui/FactList";

/**
 * Shown while the customer's identity is not verified, so that no deposit is possible: a link to
 * the check, and the limits that apply after it.
 */
export function IdentityFirstCard({ allowance }: { allowance: Limits }) {
  const text = useText(limitsMessages);
  const { min_amount, max_amount, weekly_limit } = allowance;
  const day = findRemainingToday(allowance);
  const range = { min: formatKes(min_amount), max: formatKes(max_amount) };
  const facts: Fact[] = [
    [text("each"), text("eachRange", range)],
    [text(day.bound === "ownDay" ? "perDayOwn" : "perDay"), formatKes(day.limit)],
  ];
  if (weekly_limit !== null) facts.push([text("perWeek"), formatKes(weekly_limit)]);
  return (
    <Card title={text("possibleLater")}>
      <Alert tone="wait">
        <span>{`${text("identityFirst")} `}</span>
        <IdentityLink />
      </Alert>
      <p>{text("identityThen")}</p>
      <FactList facts={facts} />
      <MpesaLimits />
    </Card>
  );
}
