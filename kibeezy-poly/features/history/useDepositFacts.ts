"use client";
import { historyMessages } from "@/features/history/messages";
import { walletMessages } from "@/features/wallet/messages";
import { nameStatus } from "@/features/wallet/statusStyles";
import type { Transaction } from "@/lib/api";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import type { Line } from "@/lib/receipt";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";

/**
 * The details of a deposit as labelled lines with the server's values; the help card uses them too.
 */
export function useDepositFacts(deposit: Transaction): readonly Line[] {
  const text = useText(historyMessages);
  const wallet = useText(walletMessages);
  const { language } = useLanguage();
  const { status, mpesa_receipt_number: code, account_reference: account, completed_at } = deposit;
  const hasCode = code !== null && code !== "";
  const isPaid = status === "COMPLETED";
  // A reversal leaves the status COMPLETED and the time of the credit.
  const completedLabel = deposit.is_reversed ? "factTakenBack" : "factCompleted";
  return [
    [text("factAmount"), formatKes(deposit.amount)],
    [text("factStatus"), wallet(nameStatus(deposit))],
    ...(isPaid ? [[text("factFee"), formatKes(0)] as const] : []),
    ...(isPaid || hasCode ? [[text("factCode"), hasCode ? code : text("codeLater")] as const] : []),
    [text("factFrom"), formatMaskedPhone(deposit.phone_number)],
    [text("factReference"), `#${String(deposit.id)}`],
    ...(account ? [[text("factAccount"), account] as const] : []),
    [text("factStarted"), formatFullTime(deposit.created_at, language)],
    ...(isPaid && completed_at
      ? [[text(completedLabel), formatFullTime(completed_at, language)] as const]
      : []),
  ];
}
