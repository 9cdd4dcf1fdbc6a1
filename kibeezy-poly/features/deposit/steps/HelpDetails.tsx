"use client";
import { type DepositState, getAmount } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { useDepositTitle } from "@/features/deposit/useDepositTitle";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import type { Line } from "@/lib/receipt";
import { serverNow, formatDateTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { HelpCard } from "@/ui/HelpCard";

type Props = { state: DepositState; phone: string; open?: boolean };

/** The help card with the facts of this deposit that support needs to know. */
export function HelpDetails({ state, phone, open = false }: Props) {
  return <HelpCard lines={useHelpLines(state, phone)} open={open} />;
}

function useHelpLines(state: DepositState, phone: string): Line[] {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const title = useDepositTitle(state);
  const amount = getAmount(state);
  const id = findId(state);
  const lines: (Line | null)[] = [
    id === null ? null : [text("reference"), `#${String(id)}`],
    amount === null ? null : [text("helpAmount"), formatKes(amount)],
    [text("helpTime"), formatDateTime(findStart(state), language)],
    [text("helpState"), title],
    "resultCode" in state && state.resultCode !== null
      ? [text("helpResult"), state.resultCode]
      : null,
    state.kind === "refused" ? [text("helpResult"), state.rejection.code] : null,
    [text("helpPhone"), formatMaskedPhone(phone)],
  ];
  return lines.filter((line) => line !== null);
}

function findStart(state: DepositState): string {
  if ("deposit" in state) return state.deposit.startedAt;
  return "attempt" in state ? state.attempt.startedAt : new Date(serverNow()).toISOString();
}

function findId(state: DepositState): number | null {
  if ("deposit" in state) return state.deposit.transactionId;
  return state.kind === "refused" ? state.rejection.transactionId : null;
}
