"use client";
/** Parts shared by the views of failed deposits and rejected pushes. */
import type { ReactNode } from "react";
import { resultMessages } from "@/features/deposit/resultMessages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";

const CALLS = ["100", "200"];

/** The amount, struck through because it was not added to the wallet. */
export function UnpaidAmount({ amount, icon = "cross" }: { amount: number; icon?: IconName }) {
  return (
    <div className="flex flex-wrap items-center gap-3">
      <span className="grid size-12 shrink-0 place-items-center rounded-full bg-raised text-ink-soft">
        <Icon name={icon} className="size-6" />
      </span>
      <p className="min-w-0 figure text-ink-soft line-through" translate="no">
        {formatKes(amount)}
      </p>
    </div>
  );
}

/** What the customer should check on the phone before another prompt is sent. */
export function PhoneChecks() {
  const text = useText(resultMessages);
  const checks = [
    "check_unreachable_on",
    "check_unreachable_signal",
    "check_unreachable_sim",
  ] as const;
  return (
    <ul className="space-y-2.5 rounded-control bg-raised p-4">
      {checks.map((check) => (
        <li key={check} className="flex gap-2.5">
          <Icon name="next" className="mt-0.5 size-5 text-brand" />
          <span>{text(check)}</span>
        </li>
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
          className="inline-flex min-h-touch items-center justify-center gap-2 rounded-control border border-line-strong font-semibold hover:bg-raised"
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
