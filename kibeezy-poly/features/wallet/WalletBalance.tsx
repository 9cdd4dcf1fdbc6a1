"use client";
import type { ReactNode } from "react";
import { findLastPaid } from "@/features/deposit";
import { BlockNotice, useDepositBlock } from "@/features/limits";
import { usePaybill } from "@/features/paybill";
import { hideBalance, useHiddenBalance } from "@/features/wallet/hiddenBalance";
import { walletMessages } from "@/features/wallet/messages";
import type { Transaction } from "@/lib/api";
import { formatBalance, formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";
import { Sum } from "@/ui/Sum";

type Props = {
  balance: string;
  /** Whether the customer had hidden the balance when the page's server answered. */
  isHidden: boolean;
  transactions: Transaction[];
  /** When balance and deposits were loaded: whether a deposit is possible is asked again then. */
  loadedAt: number;
  depositFailedToLoad: boolean;
  onDeposit: () => void;
  /** Opens the review of an amount that was deposited before. */
  onRepeat: (amount: number) => void;
  /** Called when the customer is about to tap Deposit, so that the sheet's code can be fetched. */
  onIntent: () => void;
  onOtherWays: () => void;
};

/** The wallet as cloth: the balance, and what may be done now. */
export function WalletBalance(props: Props) {
  const { balance, transactions, loadedAt, depositFailedToLoad } = props;
  const text = useText(walletMessages);
  const { block, most } = useDepositBlock(loadedAt);
  const last = findLastPaid(transactions);
  const hidden = useHiddenBalance(props.isHidden);
  const shown = hidden ? "KSh\u00a0••••" : formatBalance(balance);
  return (
    <section
      aria-labelledby="balance-title"
      className="cloth min-h-52 rounded-card p-(--gutter) pt-3 pb-9 shadow-lift"
    >
      <div className="flex flex-wrap items-center text-on-cloth-soft">
        <h2 id="balance-title" className="font-medium">
          {text("balance")}
        </h2>
        <button
          type="button"
          aria-label={text("hideBalance")}
          aria-pressed={hidden}
          onClick={() => {
            hideBalance(!hidden);
          }}
          className="mr-auto grid size-12 place-items-center rounded-full"
        >
          <Icon name={hidden ? "eyeOff" : "eye"} className="size-6" />
        </button>
        <PageLink
          href="/wallet/statement"
          className="inline-flex min-h-touch items-center underline underline-offset-4"
        >
          {text("statement")}
        </PageLink>
      </div>
      <Sum amount={shown} testId="balance" />
      {block === null ? (
        <Actions {...props} last={last !== null && last <= most ? last : null} />
      ) : (
        <div className="mt-4">
          <BlockNotice block={block} className="bg-(--veil)" />
        </div>
      )}
      {depositFailedToLoad ? (
        <div className="mt-4">
          <Alert tone="bad" assertive icon="offline">
            {text("depositUnloaded")}
          </Alert>
        </div>
      ) : null}
    </section>
  );
}

const BUTTON =
  "inline-flex min-h-13 grow items-center justify-center gap-2 rounded-control px-3 font-semibold active:scale-98";

type ActionsProps = Props & { last: number | null };

function Actions({ last, onDeposit, onRepeat, onIntent, onOtherWays }: ActionsProps) {
  const text = useText(walletMessages);
  const hasPaybill = usePaybill() !== null;
  const intent = { onPointerEnter: onIntent, onTouchStart: onIntent, onFocus: onIntent };
  const dialog = { "aria-haspopup": "dialog", ...intent } as const;
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      <Early onTap={onDeposit}>
        <button {...dialog} type="submit" className={`${BUTTON} bg-white text-on-light`}>
          <Icon name="plus" />
          <span>{text("deposit")}</span>
        </button>
      </Early>
      {last === null ? null : (
        <Early
          onTap={() => {
            onRepeat(last);
          }}
        >
          <input type="hidden" name="amount" value={last} />
          <button {...dialog} type="submit" className={`${BUTTON} bg-(--veil)`}>
            {text("again", { amount: formatKes(last) })}
          </button>
        </Early>
      )}
      {/* Leads to the paybill's numbers, for customers whose phone shows no prompt. */}
      {hasPaybill ? (
        <button
          {...dialog}
          type="button"
          onClick={onOtherWays}
          className="min-h-touch w-full font-medium underline underline-offset-4"
        >
          {text("otherWays")}
        </button>
      ) : null}
    </div>
  );
}

/** Until our code has come, a tap leads to the page with the plain form, in place of the sheet. */
function Early({ onTap, children }: { onTap: () => void; children: ReactNode }) {
  return (
    <form
      action="/deposit"
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        onTap();
      }}
    >
      {children}
    </form>
  );
}
