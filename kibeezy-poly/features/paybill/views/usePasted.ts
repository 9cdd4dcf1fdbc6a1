"use client";
/** What the customer has pasted, what is wrong with it, and what is doubtful about it. */
import { useState } from "react";
import type { Paybill } from "@/features/paybill/api";
import { isToOthers } from "@/features/paybill/isToOthers";
import { type Pasted, type Payment, readPasted } from "@/features/paybill/sms";
import { paybillMessages } from "@/features/paybill/views/messages";
import { showDay, toDay } from "@/lib/day";
import { serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";

export function usePasted(paybill: Paybill | null) {
  const [typed, set] = useState("");
  const today = toDay(serverNow());
  const pasted = readPasted(typed, today);
  const describeFault = useFault(today);
  const describeDoubts = useDoubts(paybill);
  return {
    typed,
    set,
    pasted,
    /** Why no code is sent; null if one can be. */
    fault: describeFault(pasted),
    /** Why the payment may not be the right one. */
    hints: pasted.kind === "payment" ? describeDoubts(pasted.payment) : [],
  };
}

function useFault(today: string): (pasted: Pasted) => string | null {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  return (pasted) => {
    if (pasted.kind !== "payment")
      return text(`pasted_${pasted.kind}`, { example: buildExample(today) });
    const { age, day } = pasted.payment;
    return age === "future" ? text("pasted_future", { day: showDay(day, language) }) : null;
  };
}

function useDoubts(paybill: Paybill | null): (payment: Payment) => string[] {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  return (payment) => {
    const day = showDay(payment.day, language);
    return [
      paybill !== null && isToOthers(payment, paybill)
        ? text("toOthers", {
            payee: payment.payee ?? "",
            name: paybill.payee_name,
            paybill: paybill.paybill,
          })
        : null,
      payment.age === "old" ? text("old", { day }) : null,
      payment.contradicts ? text("contradicts", { day }) : null,
      payment.corrected ? text("corrected") : null,
    ].filter((doubt) => doubt !== null);
  };
}

/** A code as M-Pesa writes it this month. */
function buildExample(today: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const year = letters.charAt((Number(today.slice(0, 4)) - 2006) % letters.length);
  return `${year}${letters.charAt(Number(today.slice(5, 7)) - 1)}17HNP31T`;
}
