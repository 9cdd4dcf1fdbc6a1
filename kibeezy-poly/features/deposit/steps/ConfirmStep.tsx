"use client";
import { depositMessages } from "@/features/deposit/messages";
import { SheetLink } from "@/features/deposit/steps/SheetLink";
import { useOnline } from "@/features/deposit/steps/useOnline";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type Props = {
  amount: number;
  phone: string;
  onSend: () => void;
  onBack: (amount: number) => void;
  onLeave: () => void;
};

/**
 * The review: shows amount, fee and the phone number that gets the prompt. No push has been sent
 * yet.
 */
export function ConfirmStep({ amount, phone, onSend, onBack, onLeave }: Props) {
  const text = useText(depositMessages);
  const online = useOnline();
  const money = formatKes(amount);
  const lines = [
    [text("youPay"), money],
    [text("ourFee"), formatKes(0)],
    [text("walletGets"), money],
  ] as const;
  return (
    <div className="mt-4 space-y-4">
      {online ? null : (
        <Alert tone="wait" icon="offline" assertive>
          {text("offlineForm")}
        </Alert>
      )}
      <dl className="rounded-control bg-raised px-4 py-2">
        {lines.map(([label, value]) => (
          <div
            key={label}
            className="flex flex-wrap justify-between gap-x-3 py-1.5 last:font-semibold"
          >
            <dt>{label}</dt>
            <dd className="money" translate="no">
              {value}
            </dd>
          </div>
        ))}
      </dl>
      <div className="flex items-center gap-3 rounded-control border border-line px-4 py-2">
        <Icon name="phone" className="size-6 text-brand" />
        <p className="min-w-0 flex-1">
          <span className="block text-sm text-ink-soft">{text("promptGoesTo")}</span>
          <strong className="money" translate="no">
            {formatMaskedPhone(phone)}
          </strong>
        </p>
        <SheetLink href="/account" onLeave={onLeave}>
          {text("changeNumber")}
        </SheetLink>
      </div>
      <Button onClick={onSend} disabled={!online} className="min-h-14 w-full text-lg">
        {text("submitAmount", { amount: money })}
      </Button>
      <Button
        kind="secondary"
        onClick={() => {
          onBack(amount);
        }}
        className="w-full"
      >
        {text("changeAmount")}
      </Button>
      <p className="flex gap-2 text-sm text-ink-soft">
        <Icon name="shield" className="size-5" />
        <span>{text("pinSafety")}</span>
      </p>
    </div>
  );
}
