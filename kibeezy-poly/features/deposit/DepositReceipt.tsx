"use client";
/**
 * The receipt of a deposit, with the server's values; the sheet and the deposit's page show the
 * same one.
 */
import { type ReactNode, useEffect } from "react";
import { depositPageMessages } from "@/features/deposit/pageMessages";
import type { Transaction } from "@/lib/api";
import { commonMessages } from "@/lib/commonMessages";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { type Line, toPlainText } from "@/lib/receipt";
import type * as receiptPicture from "@/lib/receiptPicture";
import { formatFullTime } from "@/lib/time";
import { useEnvironment } from "@/lib/useEnvironment";
import { useLanguage, useText } from "@/lib/useLanguage";
import { FactList } from "@/ui/FactList";
import { LaterActions } from "@/ui/LaterActions";

type Props = {
  id: number;
  /** The deposit as the server has it; null while it loads, when the receipt shows empty lines. */
  transaction: Transaction | null;
  /** Fetches the code that draws it; must be the same function at every render. */
  loadPicture: () => Promise<Pick<typeof receiptPicture, "drawReceipt">>;
  printable?: boolean;
  /** In the sheet: the button that ends the view, at the foot beside the one that shares. */
  children?: ReactNode;
};

export function DepositReceipt({
  id,
  transaction,
  loadPicture,
  printable = false,
  children,
}: Props) {
  const text = useText(depositPageMessages);
  const common = useText(commonMessages);
  const environment = useEnvironment();
  const lines = useReceiptLines(id, transaction);
  const complete = lines.every(([, value]) => value !== null);
  const stamp =
    environment === null
      ? null
      : common(environment === "mock" ? "environmentMock" : "environmentSandbox");
  const picture = () =>
    loadPicture().then(({ drawReceipt }) =>
      drawReceipt({
        amount: lines[0]?.[1] ?? "",
        title: text("pictureTitle"),
        lines: lines.slice(1),
        stamp,
      }),
    );
  useEffect(() => {
    // The phone opens its share sheet only soon after a tap: the code is there by then.
    if (complete) loadPicture().catch(() => undefined);
  }, [complete, loadPicture]);
  return (
    <>
      <FactList facts={lines} className="rounded-control bg-raised px-4" />

      <LaterActions
        text={complete ? toPlainText(lines, environment) : null}
        copyLabel={text("copy")}
        printable={printable}
        {...(complete ? { picture } : {})}
        isFoot={children !== undefined}
      >
        {children}
      </LaterActions>
    </>
  );
}

function useReceiptLines(id: number, transaction: Transaction | null): Line[] {
  const text = useText(depositPageMessages);
  const { language } = useLanguage();
  const show = (read: (known: Transaction) => string | null) =>
    transaction === null ? null : read(transaction);
  return [
    [text("walletGets"), show(({ amount }) => formatKes(amount))],
    [text("doneCode"), show((known) => known.mpesa_receipt_number ?? text("doneCodeLater"))],
    [
      text("doneTime"),
      show((known) => formatFullTime(known.completed_at ?? known.updated_at, language)),
    ],
    [text("doneFrom"), show((known) => formatMaskedPhone(known.phone_number))],
    [text("ourFee"), text("free")],
    [text("reference"), `#${String(id)}`],
    ...(transaction === null || transaction.account_reference
      ? [[text("account"), show((known) => known.account_reference)] as const]
      : []),
  ];
}
