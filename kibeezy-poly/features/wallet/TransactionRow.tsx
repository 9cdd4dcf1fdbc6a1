"use client";
import { walletMessages } from "@/features/wallet/messages";
import { getStatusStyle, isReceived, nameStatus } from "@/features/wallet/statusStyles";
import type { Transaction } from "@/lib/api";
import { formatKes } from "@/lib/money";
import { formatMoment, formatTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = {
  transaction: Transaction;
  /** Called when a deposit under way is tapped, instead of opening its page. */
  onOpen?: (transaction: Transaction) => void;
};

// The link fills the whole row, though only the arrow looks like a link: the whole row can be
// tapped.
const OPENER =
  "-mr-1 grid w-6 self-stretch place-items-center rounded-control text-ink-soft before:absolute before:inset-0 hover:text-ink";

/** One deposit with icon and word for its status; a tap opens it. */
export function TransactionRow({ transaction, onOpen }: Props) {
  const text = useText(walletMessages);
  const label = text("openDeposit", { id: transaction.id });
  const opens = transaction.status === "PENDING" ? onOpen : undefined;
  return (
    <li className="row" data-transaction={transaction.id} data-status={transaction.status}>
      <RowBody transaction={transaction} />
      {opens === undefined ? (
        <PageLink
          href={`/deposits/${String(transaction.id)}`}
          aria-label={label}
          className={OPENER}
        >
          <Icon name="next" />
        </PageLink>
      ) : (
        <button
          type="button"
          aria-label={label}
          onClick={() => {
            opens(transaction);
          }}
          className={OPENER}
        >
          <Icon name="next" />
        </button>
      )}
    </li>
  );
}

function RowBody({ transaction }: { transaction: Transaction }) {
  const text = useText(walletMessages);
  const { language } = useLanguage();
  const { icon, badge, amount } = getStatusStyle(transaction);
  // Deposits with an outcome stand below their day.
  const format = transaction.status === "PENDING" ? formatMoment : formatTime;
  return (
    // When text is enlarged, the words wrap below the icon and the amount below the words.
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
      <span className={`grid size-10 shrink-0 place-items-center rounded-full ${badge}`}>
        <Icon name={icon} />
      </span>
      <div className="flex min-w-0 grow basis-40 flex-wrap justify-between gap-x-2">
        <div className="min-w-0">
          <p className={amount === "" ? "font-medium" : "text-ink-soft"}>{text("fromMpesa")}</p>
          <p className="text-sm text-ink-soft">
            {/* The server may be of another minute's opinion, or of another edition of the formats. */}
            <time dateTime={transaction.created_at} translate="no" suppressHydrationWarning>
              {format(Date.parse(transaction.created_at), language)}
            </time>
          </p>
        </div>
        <div className="min-w-0 grow basis-24 text-right">
          <p className={`money ${amount || "font-bold"}`} translate="no">
            {`${isReceived(transaction) ? "+" : ""}${formatKes(transaction.amount)}`}
          </p>
          <p className={isReceived(transaction) ? "sr-only" : "text-sm text-ink-soft"}>
            {text(nameStatus(transaction))}
          </p>
        </div>
      </div>
    </div>
  );
}
