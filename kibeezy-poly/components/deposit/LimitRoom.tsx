"use client";
import { SheetLink } from "@/components/deposit/SheetLink";
import { SmallerAmounts } from "@/components/deposit/SmallerAmounts";
import { useLimits } from "@/hooks/useLimits";
import { useText } from "@/hooks/useLanguage";
import { useRoomText } from "@/hooks/useRoomText";
import { depositMessages } from "@/lib/messages/deposit";
import { roomMessages } from "@/lib/messages/room";
import { formatKes } from "@/lib/money";
import { findDay, findRoom } from "@/lib/room";

type Props = { amount: number; onReview: (amount: number) => void; onLeave: () => void };

/** How much is possible now and whose limit decides, asked afresh; then every limit that counts. */
export function LimitRoom({ amount, onReview, onLeave }: Props) {
  const text = useText(depositMessages);
  const label = useText(roomMessages);
  const say = useRoomText();
  const limits = useLimits({ fresh: true });
  if (limits === null) return <div className="skeleton h-24" aria-hidden="true" />;
  const room = findRoom(limits);
  const day = findDay(limits);
  const lines = [
    ["limitOne", limits.max_amount],
    [day.bound === "ownDay" ? "limitOwnDay" : "limitDay", day.limit],
    ["limitWeek", limits.weekly_limit],
  ] as const;
  return (
    <>
      <div className="rounded-control bg-raised px-4 py-2">
        <p className="py-1.5 font-semibold">{say(room)}</p>
        <dl>
          {lines.map(([name, value]) =>
            value === null ? null : (
              <div key={name} className="flex flex-wrap justify-between gap-x-3 py-1.5">
                <dt>{label(name)}</dt>
                <dd className="money font-semibold">{formatKes(value)}</dd>
              </div>
            ),
          )}
        </dl>
      </div>
      <SmallerAmounts below={amount} most={room.left} onChoose={onReview} />
      <SheetLink href="/limits" onLeave={onLeave}>
        {text("toLimits")}
      </SheetLink>
    </>
  );
}
