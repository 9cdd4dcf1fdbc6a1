"use client";
import { askToClose, type Closing, getClosing, withdrawClosing } from "@/features/privacy/api";
import { privacyMessages } from "@/features/privacy/messages";
import { PasswordForm } from "@/features/privacy/PasswordForm";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Loaded } from "@/ui/Loaded";
import { OpenCard } from "@/ui/OpenCard";
import { Sentence } from "@/ui/Sentence";

/** Asks for the account to be closed and erased, and takes that back while it waits. */
export function CloseCard() {
  const text = useText(privacyMessages);
  const resource = useResource(getClosing);
  const status = resource.data?.request?.status;
  return (
    <OpenCard
      icon="cross"
      title={text("closeTitle")}
      lead={text("closeIntro")}
      open={status === "OPEN" || status === "DECLINED"}
    >
      <Loaded
        resource={resource}
        skeleton={<div aria-hidden="true" className="skeleton h-48 w-full" />}
      >
        {(closing) => (
          <>
            <p>{text("closeLead", { years: String(closing.keep_years) })}</p>
            <Told closing={closing} />
            <Hindrances closing={closing} />
            {closing.request?.status === "OPEN" ? (
              <Withdraw onWithdrawn={resource.refresh} />
            ) : (
              <PasswordForm
                action={text("close")}
                onSend={askToClose}
                onSent={(answer) => {
                  resource.put(() => answer);
                }}
              />
            )}
          </>
        )}
      </Loaded>
    </OpenCard>
  );
}

function Told({ closing: { request } }: { closing: Closing }) {
  const text = useText(privacyMessages);
  const { language } = useLanguage();
  if (request === null || (request.status !== "OPEN" && request.status !== "DECLINED")) return null;
  const time = formatFullTime(request.asked_at, language);
  const until = formatFullTime(request.answer_by, language);
  return (
    <div role="status">
      <Alert tone={request.status === "OPEN" ? "wait" : "bad"}>
        <p>{text(`wish_${request.status}`, { time, until })}</p>
        {request.answer === null ? null : <p>{text("answer", { answer: request.answer })}</p>}
      </Alert>
    </div>
  );
}

/** What has to end first: the customer may ask all the same, and we say so in our answer. */
function Hindrances({ closing: { hindrances } }: { closing: Closing }) {
  const text = useText(privacyMessages);
  if (hindrances.length === 0) return null;
  return (
    <div>
      <p>{text("closeFirst")}</p>
      <ul className="mt-1 list-disc pl-5">
        {hindrances.map((name) => (
          <li key={name}>{text(`hindrance_${name}`)}</li>
        ))}
      </ul>
    </div>
  );
}

function Withdraw({ onWithdrawn }: { onWithdrawn: () => void }) {
  const text = useText(privacyMessages);
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
        onClick={() => void send({}, withdrawClosing, onWithdrawn)}
        className="w-full"
      >
        {text(busy ? "busy" : "withdraw")}
      </Button>
    </>
  );
}
