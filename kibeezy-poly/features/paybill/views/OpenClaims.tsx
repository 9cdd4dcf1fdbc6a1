"use client";
import { listOpenClaims } from "@/features/paybill/openClaims";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type Props = Pick<HandPaymentProps, "userId" | "transactions" | "onView">;

/** The payment that the API still looks for, as a line below the deposit; a tap shows its claim. */
export function OpenClaims({ userId, transactions, onView }: Props) {
  const text = useText(paybillMessages);
  const claim = listOpenClaims(userId, transactions)[0];
  return claim === undefined ? null : (
    <Button
      kind="quiet"
      className="mt-4 w-full"
      onClick={() => {
        onView("claim");
      }}
    >
      <Icon name="clock" />
      <span>{text("checkingTitle", { code: claim.code })}</span>
    </Button>
  );
}
