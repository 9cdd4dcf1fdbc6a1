"use client";
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
  if (earlier.length === 0) return null;
  return (
    <section aria-labelledby="earlier-title" className="mt-6 border-t border-line pt-4">
      <h3 id="earlier-title" className="font-semibold">
        {text("earlierTitle")}
      </h3>
      <ul role="status" className="mt-2 space-y-2">
        {earlier.map(({ transactionId, amount, status }) => (
          <li key={transactionId} className="flex items-center gap-2.5">
            <Icon name={ICONS[status]} />
            <span>
              {text(`earlier${status}`, { id: transactionId, amount: formatKes(amount) })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
