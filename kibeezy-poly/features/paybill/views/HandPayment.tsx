"use client";
/** The views of a payment by hand, loaded on demand and shown inside the deposit sheet. */
import type { Paybill } from "@/features/paybill/api";
import type { HandView } from "@/features/paybill/handMessages";
import { AskFirst } from "@/features/paybill/views/AskFirst";
import { ClaimView } from "@/features/paybill/views/ClaimView";
import { PaybillView } from "@/features/paybill/views/PaybillView";
import { paybillMessages } from "@/features/paybill/views/messages";
import type { Transaction } from "@/lib/api";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** A prompt that may still be paid, or whose outcome M-Pesa has not told yet. */
export type OpenPrompt = {
  /** Until when it may be on the phone, by the server's clock; null if that is not known. */
  openUntil: number | null;
};

export type HandPaymentProps = {
  view: HandView;
  /** Null until the API has answered; the paybill's numbers are offered only after that. */
  paybill: Paybill | null;
  userId: number;
  /** The customer's newest deposits, as far as the page has loaded them. */
  transactions: Transaction[];
  /** What the customer wanted to deposit, in shillings; null if not known. */
  amount: number | null;
  /** Null if no prompt can be paid any more. */
  prompt: OpenPrompt | null;
  /** Changes the view; null leads back to the deposit. */
  onView: (view: HandView | null) => void;
  /** Sends the reviewed prompt: the customer has said that nothing was paid by hand. */
  onSend: () => void;
  /** Shows the deposit that a claim found; resolves with false if the sheet shows another one. */
  onCredited: (transactionId: number) => Promise<boolean>;
  onSignedOut: () => void;
  /** Closes the sheet, which would otherwise stay open over the page that a link leads to. */
  onLeave: () => void;
  /** Announces a message to screen readers. */
  say: (message: string) => void;
};

export function HandPayment(props: HandPaymentProps) {
  const text = useText(paybillMessages);
  return (
    <>
      <View {...props} />
      <Button
        kind="secondary"
        className="mt-4 w-full"
        onClick={() => {
          props.onView(null);
        }}
      >
        {text("back")}
      </Button>
    </>
  );
}

function View(props: HandPaymentProps) {
  const { view, paybill } = props;
  switch (view) {
    case "paybill":
      return paybill === null ? null : <PaybillView {...props} paybill={paybill} />;
    case "claim":
      return <ClaimView {...props} />;
    case "ask":
      return <AskFirst {...props} />;
  }
}
