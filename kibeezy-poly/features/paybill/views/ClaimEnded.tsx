"use client";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { Step } from "@/features/paybill/views/Step";
import { useText } from "@/lib/useLanguage";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = Pick<HandPaymentProps, "onLeave"> & {
  outcome: "credited" | "already_credited";
  transactionId: number;
};

/** The payment is in the wallet; the link leads to its deposit. */
export function ClaimEnded({ outcome, transactionId, onLeave }: Props) {
  const text = useText(paybillMessages);
  const title = text(outcome === "credited" ? "creditedTitle" : "alreadyTitle");
  return (
    <Step title={title} takesFocus>
      <p className="flex items-center gap-3">
        <span className="grid size-12 shrink-0 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
          <Icon name="check" className="size-6" />
        </span>
        <span>{text("alreadyNow")}</span>
      </p>
      <PageLink
        href={`/deposits/${String(transactionId)}`}
        onClick={onLeave}
        className="flex min-h-14 w-full items-center justify-center rounded-control bg-brand px-5 text-lg font-semibold text-on-brand hover:bg-brand-strong"
      >
        {text("toDeposit")}
      </PageLink>
    </Step>
  );
}
