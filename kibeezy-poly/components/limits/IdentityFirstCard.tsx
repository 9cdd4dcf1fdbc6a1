"use client";
import { IdentityLink } from "@/components/limits/IdentityLink";
import { MpesaLimits } from "@/components/limits/MpesaLimits";
import { Alert } from "@/components/ui/Alert";
import { Card } from "@/components/ui/Card";
import { type Fact, FactList } from "@/components/ui/FactList";
import { useText } from "@/hooks/useLanguage";
import type { Limits } from "@/lib/api";
import { limitsMessages } from "@/lib/messages/limits";
import { formatKes } from "@/lib/money";
import { findDay } from "@/lib/room";

/** No deposit is possible before the identity is confirmed: the way there, and which limits count then. */
export function IdentityFirstCard({ allowance }: { allowance: Limits }) {
  const text = useText(limitsMessages);
  const { min_amount, max_amount, weekly_limit } = allowance;
  const day = findDay(allowance);
  const range = { min: formatKes(min_amount), max: formatKes(max_amount) };
  const facts: Fact[] = [
    [text("each"), text("eachRange", range)],
    [text(day.bound === "ownDay" ? "perDayOwn" : "perDay"), formatKes(day.limit)],
  ];
  if (weekly_limit !== null) facts.push([text("perWeek"), formatKes(weekly_limit)]);
  return (
    <Card title={text("possibleLater")}>
      <Alert tone="wait">
        {text("identityFirst")} <IdentityLink />
      </Alert>
      <p>{text("identityThen")}</p>
      <FactList facts={facts} />
      <MpesaLimits />
    </Card>
  );
}
