"use client";
import { useEffect, useEffectEvent } from "react";
import type { Payment } from "@/features/paybill/sms";
import { paybillMessages } from "@/features/paybill/views/messages";
import { showDay } from "@/lib/day";
import { formatKes } from "@/lib/money";
import { formatMoment } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Icon } from "@/ui/Icon";

type Props = { payment: Payment; warnings: string[]; say: (message: string) => void };

/** The code that was found, what the SMS says about the payment, and what is doubtful about it. */
export function PaymentHints({ payment, warnings, say }: Props) {
  const text = useText(paybillMessages);
  const { code, account } = payment;
  const hint = useHint(payment);
  const announced = [code, hint, ...warnings].join(" ");
  const announce = useEffectEvent((message: string) => {
    say(message);
  });
  useEffect(() => {
    announce(announced);
  }, [announced]);
  return (
    <div className="mt-3 space-y-3">
      <div className="flex items-center gap-3">
        <span className="grid size-10 shrink-0 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
          <Icon name="check" />
        </span>
        <p className="min-w-0">
          <strong className="money block" translate="no">
            {code}
          </strong>
          <span className="block">{hint}</span>
          {account === null ? null : (
            <span className="block text-sm text-ink-soft" translate="no">
              {text("foundAccount", { account })}
            </span>
          )}
        </p>
      </div>
      {warnings.length === 0 ? null : (
        <Alert tone="wait" icon="alert">
          <ul className="space-y-1.5">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Alert>
      )}
    </div>
  );
}

function useHint({ amount, paidAtMs, day }: Payment): string {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  const time = paidAtMs === null ? showDay(day, language) : formatMoment(paidAtMs, language);
  return amount === null
    ? text("foundDay", { time })
    : text("foundPaid", { amount: formatKes(amount), time });
}
