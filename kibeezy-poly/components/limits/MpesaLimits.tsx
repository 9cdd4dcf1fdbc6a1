"use client";
import { useText } from "@/hooks/useLanguage";
import { limitsMessages } from "@/lib/messages/limits";
import { formatKes } from "@/lib/money";

/** Safaricom's own, whoever asks: per payment and per day. */
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
