"use client";
import { type OwnLimits, setCaps } from "@/features/limits/api";
import { limitsMessages } from "@/features/limits/messages";
import { formatKes } from "@/lib/money";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

/** A higher cap that is not in force yet, with a button to withdraw it. */
export function PendingCaps({ own: { daily_cap, weekly_cap, pending }, onSaved }: Props) {
  const text = useText(limitsMessages);
  const { language } = useLanguage();
  const { busy, failure, send } = useSignedInForm();
  if (pending === null) return null;
  const show = (cap: number | null) => (cap === null ? text("capNone") : formatKes(cap));
  return (
    <Alert
      tone="wait"
      title={text("pendingTitle", { time: formatFullTime(pending.effective_at, language) })}
    >
      <p>{text("pendingBody", { day: show(pending.daily_cap), week: show(pending.weekly_cap) })}</p>
      {failure === null ? null : (
        <p role="alert">
          <Sentence>{failure}</Sentence>
        </p>
      )}
      <Button
        kind="secondary"
        busy={busy}
        onClick={() => void send({}, () => setCaps({ daily_cap, weekly_cap }), onSaved)}
        className="mt-3"
      >
        {text(busy ? "saving" : "pendingCancel")}
      </Button>
    </Alert>
  );
}
