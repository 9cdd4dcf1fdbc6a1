"use client";
import { forgetPaybillShown } from "@/features/paybill/noteShown";
import { readPaybillShown } from "@/features/paybill/shown";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { MoneyLine } from "@/features/paybill/views/MoneyLine";
import { formatMoment } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** Asked before a prompt that could be a second payment: the paybill's numbers were shown. */
export function AskFirst({ userId, onView, onSend }: HandPaymentProps) {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  const at = readPaybillShown(userId);
  return (
    <div className="mt-3 space-y-4">
      <MoneyLine tone="wait" icon="alert" title={text("askMoney")}>
        {text("askWhat", { time: formatMoment(at, language) })}
      </MoneyLine>
      <Button
        onClick={() => {
          onView("claim");
        }}
        className="w-full"
      >
        {text("iHavePaid")}
      </Button>
      <Button
        kind="secondary"
        className="w-full"
        onClick={() => {
          forgetPaybillShown(userId);
          onSend();
        }}
      >
        {text("askSend")}
      </Button>
    </div>
  );
}
