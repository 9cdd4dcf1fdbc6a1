"use client";
import { limitsMessages } from "@/features/limits/messages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

/** Safaricom's limits for every M-Pesa customer, in shillings: per payment and per day. */
const EACH = 250_000;
const DAY = 500_000;

export function MpesaLimits() {
  const text = useText(limitsMessages);
  return (
    <p className="text-sm text-ink-soft">
      {text("mpesa", { each: formatKes(EACH), day: formatKes(DAY) })}
    </p>
  );
}
