"use client";
import { useAnnouncement } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import type { Earlier } from "@/features/deposit/useEarlier";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";

const ICONS: Record<Earlier["status"], IconName> = {
  COMPLETED: "check",
  PENDING: "clock",
  FAILED: "cross",
};

/**
 * Lists deposits started before this one, with their status, since each prompt belongs to a
 * separate deposit and may still be paid.
 */
export function EarlierDeposits({ earlier }: { earlier: Earlier[] }) {
  const text = useText(depositMessages);
  const describe = ({ transactionId, amount, status }: Earlier) =>
    text(`earlier${status}`, { id: transactionId, amount: formatKes(amount) });
  const received = earlier.filter(({ status }) => status === "COMPLETED").map(describe);
  useAnnouncement(received.length === 0 ? null : received.join(" "));
  if (earlier.length === 0) return null;
  return (
    <section aria-labelledby="earlier-title" className="mx-(--gutter) border-t border-line py-4">
      <h3 id="earlier-title" className="font-semibold">
        {text("earlierTitle")}
      </h3>
      <ul className="mt-2 space-y-2">
        {earlier.map((deposit) => (
          <li key={deposit.transactionId} className="flex items-center gap-2.5">
            <Icon name={ICONS[deposit.status]} />
            <span>{describe(deposit)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
