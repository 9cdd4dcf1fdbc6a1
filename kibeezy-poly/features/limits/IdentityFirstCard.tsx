"use client";
import type { Limits } from "@/features/limits/api";
import { findGate } from "@/features/limits/gate";
import { GateNotice } from "@/features/limits/GateNotice";
import { limitsMessages } from "@/features/limits/messages";
import { MpesaLimits } from "@/features/limits/MpesaLimits";
import { findRemainingToday } from "@/features/limits/allowance";
import { formatKes } from "@/lib/money";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { Card } from "@/ui/Card";
import { type Fact, FactList } from "@/ui/FactList";

/**
 * Shown while the customer's identity is not verified, so that no deposit is possible: a link to
 * the check, and the limits that apply after it.
 */
export function IdentityFirstCard({ allowance }: { allowance: Limits }) {
  const text = useText(limitsMessages);
  const { min_amount, max_amount, weekly_limit } = allowance;
  const gate = findGate(allowance, serverNow());
  const day = findRemainingToday(allowance);
  const range = { min: formatKes(min_amount), max: formatKes(max_amount) };
  const facts: Fact[] = [
    [text("each"), text("eachRange", range)],
    [text(day.bound === "ownDay" ? "perDayOwn" : "perDay"), formatKes(day.limit)],
  ];
  if (weekly_limit !== null) facts.push([text("perWeek"), formatKes(weekly_limit)]);
  return (
    <Card title={text("possibleLater")}>
      {gate === null ? null : <GateNotice gate={gate} />}
      <p>{text("identityThen")}</p>
      <FactList facts={facts} />
      <MpesaLimits />
    </Card>
  );
}
