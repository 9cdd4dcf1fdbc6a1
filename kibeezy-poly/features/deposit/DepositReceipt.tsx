"use client";
/**
 * The receipt of a deposit, with the server's values; the sheet and the deposit's page show the
 * same one.
 */
import { depositPageMessages } from "@/features/deposit/pageMessages";
import type { Transaction } from "@/lib/api";
import { formatBalance, formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { type Line, toPlainText } from "@/lib/receipt";
import { keepFigures } from "@/lib/text";
import { formatFullTime } from "@/lib/time";
import { useEnvironment } from "@/lib/useEnvironment";
import { useLanguage, useText } from "@/lib/useLanguage";
import { TextActions } from "@/ui/TextActions";

type Props = {
  id: number;
  /** The deposit as the server has it; null while it loads, when the receipt shows empty lines. */
  transaction: Transaction | null;
  /** The balance after the deposit: null while it loads, undefined where it is unknown. */
  balance?: string | null;
  printable?: boolean;
};

export function DepositReceipt({ id, transaction, balance, printable = false }: Props) {
  const text = useText(depositPageMessages);
  const environment = useEnvironment();
  const lines = useReceiptLines(id, transaction, balance);
  const complete = lines.every(([, value]) => value !== null);
  return (
    <div className="space-y-4">
      <dl className="divide-y divide-line rounded-control bg-raised px-4">
        {lines.map(([label, value]) => (
          <div
            key={label}
            className="flex min-h-11 flex-wrap items-center justify-between gap-x-3 py-2"
          >
            <dt className="text-ink-soft">{label}</dt>
            <dd className="money ml-auto min-w-0 font-semibold" translate={keepFigures(value)}>
              {value ?? <span className="skeleton block h-4 w-24 bg-line" />}
            </dd>
          </div>
        ))}
      </dl>
      <TextActions
        text={complete ? toPlainText(lines, environment) : null}
        copyLabel={text("copy")}
        printable={printable}
      />
    </div>
  );
}

function useReceiptLines(
  id: number,
  transaction: Transaction | null,
  balance: string | null | undefined,
): Line[] {
  const text = useText(depositPageMessages);
  const { language } = useLanguage();
  const show = (read: (known: Transaction) => string | null) =>
    transaction === null ? null : read(transaction);
  const lines: Line[] = [
    [text("walletGets"), show(({ amount }) => formatKes(amount))],
    [text("doneCode"), show((known) => known.mpesa_receipt_number ?? text("doneCodeLater"))],
    [
      text("doneTime"),
      show((known) => formatFullTime(known.completed_at ?? known.updated_at, language)),
    ],
    [text("doneFrom"), show((known) => formatMaskedPhone(known.phone_number))],
    [text("ourFee"), formatKes(0)],
    [text("reference"), `#${String(id)}`],
    ...(transaction === null || transaction.account_reference
      ? [[text("account"), show((known) => known.account_reference)] as const]
      : []),
  ];
  return balance === undefined
    ? lines
    : [...lines, [text("doneBalance"), balance === null ? null : formatBalance(balance)]];
}
