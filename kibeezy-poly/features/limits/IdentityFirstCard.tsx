"use client";
import type { Limits } from "@/features/limits/api";
import { findDepositBlock } from "@/features/limits/depositBlock";
import { BlockNotice } from "@/features/limits/BlockNotice";
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
  const block = findDepositBlock(allowance, serverNow());
  const day = findRemainingToday(allowance);
  const range = { min: formatKes(min_amount), max: formatKes(max_amount) };
  const facts: Fact[] = [
    [text("each"), text("eachRange", range)],
    [text(day.bound === "ownDay" ? "perDayOwn" : "perDay"), formatKes(day.limit)],
  ];
  if (weekly_limit !== null) facts.push([text("perWeek"), formatKes(weekly_limit)]);
  return (
    <Card title={text("possibleLater")}>
      {block === null ? null : <BlockNotice block={block} />}
      <p>{text("identityThen")}</p>
      <FactList facts={facts} />
      <MpesaLimits />
    </Card>
  );
}
