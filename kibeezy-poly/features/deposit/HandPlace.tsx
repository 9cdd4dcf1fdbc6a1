"use client";
import { useEffect, useEffectEvent } from "react";
import { useSay } from "@/features/deposit/Announcer";
import type { HandPaymentViewProps } from "@/features/deposit/HandPaymentView";
import type { ByHand } from "@/features/deposit/useDepositSheet";
import { hasStoredClaims } from "@/features/paybill";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = Pick<HandPaymentViewProps, "deposit" | "options" | "onClose"> & { byHand: ByHand };

/** The place of a payment by hand in the sheet, while its code loads and after. */
export function HandPlace({ byHand: { view, show, View, failed, load }, ...props }: Props) {
  const say = useSay();
  const text = useText(commonMessages);
  const isWanted = view !== null || hasStoredClaims(props.options.userId);
  const isMissing = isWanted && View === null;
  const get = useEffectEvent(load);
  useEffect(() => {
    if (isMissing) get();
  }, [isMissing]);

  if (!isWanted) return null;
  if (View !== null)
    return (
      <div className="px-(--gutter) pb-5">
        <View {...props} view={view ?? "note"} onView={show} say={say} />
      </div>
    );
  if (view === null) return null;
  return failed ? (
    <div className="view">
      <p role="alert">{text("offlineBody")}</p>
      <Button onClick={load}>{text("tryAgain")}</Button>
    </div>
  ) : (
    <div aria-hidden="true" className="view skeleton h-40" />
  );
}
