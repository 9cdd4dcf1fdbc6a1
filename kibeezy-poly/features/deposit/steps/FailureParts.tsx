"use client";
/** Parts shared by the views of failed deposits and rejected pushes. */
import type { ReactNode } from "react";
import { adviceMessages } from "@/features/deposit/adviceMessages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Icon } from "@/ui/Icon";

const CALLS = ["100", "200"];

/** Says in plain words which amount was not added to the wallet. */
export function UnpaidAmount({ amount }: { amount: number }) {
  const advice = useText(adviceMessages);
  return (
    <p className="-mt-2 text-ink-soft">{advice("notDeposited", { amount: formatKes(amount) })}</p>
  );
}

/** What the customer should check on the phone before another prompt is sent. */
export function PhoneChecks() {
  const text = useText(adviceMessages);
  const checks = [
    "check_unreachable_on",
    "check_unreachable_signal",
    "check_unreachable_sim",
  ] as const;
  return (
    <ul className="list-disc space-y-2 pl-6">
      {checks.map((check) => (
        <li key={check}>{text(check)}</li>
      ))}
    </ul>
  );
}

/**
 * Links to call Safaricom's customer service, free from a Safaricom number: 100 for prepaid, 200
 * for postpaid.
 */
export function SafaricomCalls() {
  return (
    <Columns>
      {CALLS.map((number) => (
        <a
          key={number}
          href={`tel:${number}`}
          className="inline-flex min-h-touch items-center justify-center gap-2 rounded-control bg-raised font-semibold hover:bg-line"
        >
          <Icon name="phone" />
          <span translate="no">{`Safaricom ${number}`}</span>
        </a>
      ))}
    </Columns>
  );
}

function Columns({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap gap-3 *:grow">{children}</div>;
}
