"use client";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import { handMessages, type HandView, listOpenClaims } from "@/features/paybill";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type Props = { options: DepositOptions; onHand: (view: HandView) => void };

/** The payment by hand that the API still looks for; a tap shows its claim. */
export function OpenClaims({ options: { userId, transactions }, onHand }: Props) {
  const text = useText(handMessages);
  const claim = listOpenClaims(userId, transactions)[0];
  return claim === undefined ? null : (
    <Button
      kind="quiet"
      className="mt-4 w-full"
      onClick={() => {
        onHand("claim");
      }}
    >
      <Icon name="clock" />
      <span>{text("claimOpen", { code: claim.code })}</span>
    </Button>
  );
}
