"use client";
import { depositMessages } from "@/features/deposit/messages";
import { OfflineAlert } from "@/features/deposit/steps/OfflineAlert";
import { SheetLink } from "@/features/deposit/steps/SheetLink";
import { formatKes } from "@/lib/money";
import { formatOwnPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { useOnline } from "@/lib/useOnline";
import { Button } from "@/ui/Button";
import { FactList } from "@/ui/FactList";
import { Sum } from "@/ui/Sum";

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
  return (
    <div className="view">
      <OfflineAlert />
      <Sum amount={money} />
      <FactList
        facts={[
          [text("promptGoesTo"), formatOwnPhone(phone)],
          [text("ourFee"), text("free")],
        ]}
      />
      <details className="-mt-2">
        <summary className="flex min-h-touch cursor-pointer items-center font-medium text-brand underline underline-offset-4">
          {text("notYourNumber")}
        </summary>
        <p>{text("numberRule")}</p>
        <SheetLink href="/account" onLeave={onLeave}>
          {text("toAccount")}
        </SheetLink>
      </details>
      <p className="text-ink-soft">{text("pinSafety")}</p>
      <div className="actions">
        <Button onClick={onSend} disabled={!online}>
          {text("submitAmount", { amount: money })}
        </Button>
      </div>
      <div className="second-actions">
        <Button
          kind="quiet"
          onClick={() => {
            onBack(amount);
          }}
        >
          {text("changeAmount")}
        </Button>
      </div>
    </div>
  );
}
