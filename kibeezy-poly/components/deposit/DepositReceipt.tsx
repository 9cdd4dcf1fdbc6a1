"use client";
import { useState } from "react";
import { Button } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { useEnvironment } from "@/hooks/useEnvironment";
import { useLanguage, useText } from "@/hooks/useLanguage";
import type { DepositState } from "@/lib/deposit";
import { depositMessages } from "@/lib/messages/deposit";
import { formatBalance, formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { formatDateTime } from "@/lib/time";

type Succeeded = Extract<DepositState, { kind: "succeeded" }>;

type Props = { state: Succeeded; phone: string; onClose: () => void };

type Line = readonly [label: string, value: string | null];

/** The receipt in the server's words and numbers; a line that has not come yet keeps its place. */
export function DepositReceipt({ state, phone, onClose }: Props) {
  const text = useText(depositMessages);
  const lines = useReceiptLines(state, phone);
  return (
    <div className="mt-3 space-y-5">
      <p className="flex items-center gap-3 text-[1.0625rem]">
        <span className="grid size-12 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
          <Icon name="check" className="size-6" />
        </span>
        {state.message || text("doneMoney")}
      </p>
      <dl className="divide-y divide-line rounded-control bg-raised px-4">
        {lines.map(([label, value]) => (
          <div
            key={label}
            className="flex min-h-11 items-center justify-between gap-3 py-2 last:font-semibold"
          >
            <dt className="text-ink-soft">{label}</dt>
            <dd className="money">
              {value ?? <span className="skeleton block h-4 w-24 bg-line" />}
            </dd>
          </div>
        ))}
      </dl>
      <ReceiptActions lines={lines} />
      <Button onClick={onClose} className="min-h-14 w-full text-lg">
        {text("done")}
      </Button>
    </div>
  );
}

function useReceiptLines({ deposit, transaction, balance }: Succeeded, phone: string): Line[] {
  const text = useText(depositMessages);
  const { language } = useLanguage();
  const code = transaction === null ? null : (transaction.mpesa_receipt_number ?? "");
  const time =
    transaction === null
      ? null
      : formatDateTime(transaction.completed_at ?? transaction.updated_at, language);
  return [
    [text("walletGets"), transaction === null ? null : formatKes(transaction.amount)],
    [text("doneCode"), code === "" ? text("doneCodeLater") : code],
    [text("doneTime"), time],
    [text("doneFrom"), formatMaskedPhone(phone)],
    [text("reference"), `#${String(deposit.transactionId)}`],
    [text("doneBalance"), balance === null ? null : formatBalance(balance)],
  ];
}

function ReceiptActions({ lines }: { lines: Line[] }) {
  const text = useText(depositMessages);
  const environment = useEnvironment();
  const [copied, setCopied] = useState(false);
  const heading = environment === null ? "Kibeezy" : `Kibeezy (${environment.toUpperCase()})`;
  const receipt = [heading, ...lines.map(([label, value]) => `${label}: ${value ?? ""}`)].join(
    "\n",
  );
  // Both need a secure address, and sharing also a phone.
  const canCopy = "clipboard" in navigator;
  const canShare = "share" in navigator;
  if (lines.some(([, value]) => value === null) || !(canCopy || canShare)) return null;

  async function copy() {
    await navigator.clipboard.writeText(receipt);
    setCopied(true);
  }

  return (
    <div className="flex gap-3 *:flex-1">
      {canCopy ? (
        <Button kind="secondary" onClick={() => void copy().catch(() => undefined)}>
          <span role="status">{text(copied ? "copied" : "copy")}</span>
        </Button>
      ) : null}
      {canShare ? (
        <Button
          kind="secondary"
          onClick={() => void navigator.share({ text: receipt }).catch(() => undefined)}
        >
          {text("share")}
        </Button>
      ) : null}
    </div>
  );
}
