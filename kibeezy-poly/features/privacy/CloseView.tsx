"use client";
import { askToClose, type Closing, withdrawClosing } from "@/features/privacy/api";
import { closeMessages } from "@/features/privacy/closeMessages";
import { privacyMessages } from "@/features/privacy/messages";
import { PasswordForm } from "@/features/privacy/PasswordForm";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = {
  closing: Closing;
  onAsked: (answer: Closing) => void;
  onWithdrawn: () => void;
};

/** What closing means, what hinders it, our answer, and the form or the way back. */
export function CloseView({ closing, onAsked, onWithdrawn }: Props) {
  const text = useText(closeMessages);
  return (
    <>
      <p>{text("closeLead", { years: String(closing.keep_years) })}</p>
      <Told closing={closing} />
      <Hindrances closing={closing} />
      {closing.request?.status === "OPEN" ? (
        <Withdraw onWithdrawn={onWithdrawn} />
      ) : (
        <PasswordForm action={text("close")} onSend={askToClose} onSent={onAsked} />
      )}
    </>
  );
}

function Told({ closing: { request } }: { closing: Closing }) {
  const text = useText(closeMessages);
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
  const text = useText(closeMessages);
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
  const text = useText(closeMessages);
  const common = useText(privacyMessages);
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
        {busy ? common("busy") : text("withdraw")}
      </Button>
    </>
  );
}
