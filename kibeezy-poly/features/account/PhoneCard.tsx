"use client";
import { getPhoneChange, type PhoneChange, withdrawPhoneChange } from "@/features/account/api";
import { accountMessages } from "@/features/account/messages";
import { formatOwnPhone } from "@/lib/phone";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Later } from "@/ui/Later";
import { Loaded } from "@/ui/Loaded";
import { OpenCard } from "@/ui/OpenCard";
import { Sentence } from "@/ui/Sentence";

const loadForm = () => import("@/features/account/PhoneChangeForm");

type Change = NonNullable<PhoneChange["change"]>;

/**
 * Requests a change of phone number, and withdraws the request while it waits for an operator's
 * decision.
 */
export function PhoneCard({ phone }: { phone: string }) {
  const text = useText(accountMessages);
  const resource = useResource(getPhoneChange);
  const { put, refresh } = resource;
  const isTold = (resource.data?.change ?? null) !== null;
  return (
    <OpenCard icon="phone" title={text("change")} lead={text("changeLead")} open={isTold}>
      {() => (
        <Loaded
          resource={resource}
          skeleton={<div aria-hidden="true" className="skeleton h-64 w-full" />}
        >
          {({ change }) => (
            <>
              {change === null ? null : <ChangeStatus change={change} />}
              {change?.status === "PENDING" ? (
                <Withdraw onWithdrawn={refresh} />
              ) : (
                <Later load={loadForm}>
                  {({ PhoneChangeForm }) => (
                    <PhoneChangeForm
                      phone={phone}
                      onSent={(answer) => {
                        put(() => answer);
                      }}
                    />
                  )}
                </Later>
              )}
            </>
          )}
        </Loaded>
      )}
    </OpenCard>
  );
}

const TONES = { PENDING: "wait", APPROVED: "good", REJECTED: "bad", CANCELLED: "wait" } as const;

function ChangeStatus({ change }: { change: Change }) {
  const text = useText(accountMessages);
  const { language } = useLanguage();
  const { status, reason } = change;
  const time = formatFullTime(change.decided_at ?? change.requested_at, language);
  const phone = formatOwnPhone(change.new_phone_number);
  const told = status === "REJECTED" && reason !== null && reason !== "";
  return (
    <div role="status" data-change={status}>
      <Alert tone={TONES[status]}>
        <p>{text(`change_${status}`, { phone, time })}</p>
        {told ? <p>{text("reason", { reason })}</p> : null}
      </Alert>
    </div>
  );
}

function Withdraw({ onWithdrawn }: { onWithdrawn: () => void }) {
  const text = useText(accountMessages);
  const { busy, failure, send } = useSignedInForm();
  return (
    <>
      {failure === null ? null : (
        <Alert tone="bad" assertive>
          <Sentence>{failure}</Sentence>
        </Alert>
      )}
      <Button
        kind="secondary"
        busy={busy}
        onClick={() => void send({}, withdrawPhoneChange, onWithdrawn)}
        className="w-full"
      >
        {text(busy ? "withdrawing" : "withdraw")}
      </Button>
    </>
  );
}
