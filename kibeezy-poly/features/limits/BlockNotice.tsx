"use client";
import type { DepositBlock, RefusedBy } from "@/features/limits/depositBlock";
import { gateMessages } from "@/features/limits/gateMessages";
import { formatMoment } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

const ICONS: Record<RefusedBy, IconName> = {
  identity_needed: "card",
  identity_checking: "clock",
  identity_refused: "alert",
  cool_off: "clock",
  limit: "gauge",
};

type Props = {
  block: DepositBlock;
  /** Colours of the surface that it stands on. */
  className?: string;
  /** Called when a link leads to another page. */
  onLeave?: () => void;
  /** False on the page that the link would lead to. */
  linked?: boolean;
};

/** Says why no deposit is possible now, from when one is, and what to do. */
export function BlockNotice({
  block: { by, until },
  className = "bg-wait-soft text-on-wait",
  onLeave,
  linked = true,
}: Props) {
  const text = useText(gateMessages);
  const { language } = useLanguage();
  const time = until === null ? "" : formatMoment(Date.parse(until), language);
  const needsCustomer = by === "identity_needed" || by === "identity_refused";
  return (
    <div data-block={by} className={`flex gap-3 rounded-control p-3.5 ${className}`}>
      <Icon name={ICONS[by]} className="mt-0.5 size-5" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{text(`title_${by}`)}</p>
        <p>{text(`body_${by}`, { time })}</p>
        {linked && (needsCustomer || by === "limit") ? (
          <PageLink
            href={needsCustomer ? "/identity" : "/limits"}
            onClick={() => {
              onLeave?.();
            }}
            className="inline-block py-2 font-semibold underline underline-offset-4"
          >
            {text(needsCustomer ? "toIdentity" : "toLimits")}
          </PageLink>
        ) : null}
      </div>
    </div>
  );
}
