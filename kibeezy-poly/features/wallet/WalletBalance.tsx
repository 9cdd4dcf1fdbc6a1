"use client";
import { usePaybill } from "@/features/paybill";
import { walletMessages } from "@/features/wallet/messages";
import { formatBalance } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = {
  balance: string;
  phone: string;
  kycStatus: "PENDING" | "VERIFIED" | "REJECTED";
  depositFailedToLoad: boolean;
  onDeposit: () => void;
  /** Called when the customer is about to tap Deposit, so that the sheet's code can be fetched. */
  onIntent: () => void;
  onOtherWays: () => void;
};

export function WalletBalance({
  balance,
  phone,
  kycStatus,
  depositFailedToLoad,
  onDeposit,
  onIntent,
  onOtherWays,
}: Props) {
  const text = useText(walletMessages);
  const shown = formatBalance(balance);
  return (
    <section
      aria-labelledby="balance-title"
      className="min-h-60 rounded-card bg-surface p-[min(1.5rem,6.7vw)] shadow-card"
    >
      <h2 id="balance-title" className="font-medium text-ink-soft">
        {text("balance")}
      </h2>
      <PageLink
        href="/wallet/statement"
        aria-label={text("openStatement", { balance: shown })}
        className="-mx-2 mt-1 flex items-center justify-between gap-2 rounded-control px-2 hover:bg-raised"
      >
        <span className="@container min-w-0 grow">
          <span
            className={`money block leading-tight font-bold tracking-tight ${fitLine(shown)}`}
            data-testid="balance"
            translate="no"
          >
            {shown}
          </span>
        </span>
        <Icon name="next" className="size-[min(1.5rem,6.7vw)] text-ink-soft" />
      </PageLink>
      <Button
        onClick={onDeposit}
        onPointerEnter={onIntent}
        onTouchStart={onIntent}
        onFocus={onIntent}
        className="mt-6 min-h-14 w-full px-2! text-lg"
        aria-haspopup="dialog"
      >
        {text("deposit")}
      </Button>
      <p className="mt-3 text-center text-[0.95rem] text-ink-soft">
        {text("depositHint", { phone: formatMaskedPhone(phone) })}
      </p>
      <OtherWays onIntent={onIntent} onOtherWays={onOtherWays} />
      <div className="space-y-3 not-empty:mt-4">
        {depositFailedToLoad ? (
          <Alert tone="bad" assertive icon="offline">
            {text("depositUnloaded")}
          </Alert>
        ) : null}
        {kycStatus === "VERIFIED" ? null : (
          <Alert tone="wait">
            <span>{`${text(`kyc${kycStatus}`)} `}</span>
            <PageLink
              href="/identity"
              className="inline-block py-1 font-semibold underline underline-offset-4"
            >
              {text("toIdentity")}
            </PageLink>
          </Alert>
        )}
      </div>
    </section>
  );
}

/** Leads to the paybill's numbers, for customers whose phone shows no prompt. */
function OtherWays({ onIntent, onOtherWays }: Pick<Props, "onIntent" | "onOtherWays">) {
  const text = useText(walletMessages);
  return usePaybill() === null ? null : (
    <Button
      kind="quiet"
      onClick={onOtherWays}
      onPointerEnter={onIntent}
      onTouchStart={onIntent}
      onFocus={onIntent}
      className="mt-1 -mb-2 w-full"
      aria-haspopup="dialog"
    >
      {text("otherWays")}
    </Button>
  );
}

/**
 * A font size at which a balance of this length fits on one line, since an amount is never broken.
 */
function fitLine({ length }: string): string {
  if (length <= 12) return "text-[min(2.5rem,14cqi)]";
  if (length <= 14) return "text-[min(2.5rem,12cqi)]";
  return length <= 17 ? "text-[min(2.5rem,10cqi)]" : "text-[min(2.5rem,8cqi)]";
}
