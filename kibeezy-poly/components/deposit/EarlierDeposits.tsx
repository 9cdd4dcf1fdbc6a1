"use client";
import { useAnnouncement } from "@/components/deposit/Announcer";
import { Icon, type IconName } from "@/components/ui/Icon";
import type { Earlier } from "@/hooks/useEarlier";
import { useText } from "@/hooks/useLanguage";
import { depositMessages } from "@/lib/messages/deposit";
import { formatKes } from "@/lib/money";

const ICONS: Record<Earlier["status"], IconName> = {
  COMPLETED: "check",
  PENDING: "clock",
  FAILED: "cross",
};

/** Every prompt is a deposit of its own: what was begun before this one, and how it stands. */
export function EarlierDeposits({ earlier }: { earlier: Earlier[] }) {
  const text = useText(depositMessages);
  const describe = ({ transactionId, amount, status }: Earlier) =>
    text(`earlier${status}`, { id: transactionId, amount: formatKes(amount) });
  const received = earlier.filter(({ status }) => status === "COMPLETED").map(describe);
  useAnnouncement(received.length === 0 ? null : received.join(" "));
  if (earlier.length === 0) return null;
  return (
    <section aria-labelledby="earlier-title" className="mt-6 border-t border-line pt-4">
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
