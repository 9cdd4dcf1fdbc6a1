"use client";
import { acceptNotice, type Consent, getConsent } from "@/features/privacy/api";
import { privacyMessages } from "@/features/privacy/messages";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Loaded } from "@/ui/Loaded";
import { OpenCard } from "@/ui/OpenCard";
import { PageLink } from "@/ui/PageLink";
import { Sentence } from "@/ui/Sentence";

/** Shows which privacy notice the customer accepted, and asks where it is not the present one. */
export function ConsentCard() {
  const text = useText(privacyMessages);
  const resource = useResource(getConsent);
  const { data } = resource;
  return (
    <OpenCard
      icon="shield"
      title={text("consentTitle")}
      lead={text("consentNew")}
      open={data !== null && data.accepted_version !== data.version}
    >
      <PageLink
        href="/privacy"
        className="inline-flex min-h-touch items-center font-medium underline"
      >
        {text("consentRead")}
      </PageLink>
      <Loaded
        resource={resource}
        skeleton={<div aria-hidden="true" className="skeleton h-12 w-full" />}
      >
        {(consent) => (
          <Answer
            consent={consent}
            onAccepted={(answer) => {
              resource.put(() => answer);
            }}
          />
        )}
      </Loaded>
    </OpenCard>
  );
}

type AnswerProps = { consent: Consent; onAccepted: (answer: Consent) => void };

function Answer({ consent, onAccepted }: AnswerProps) {
  const text = useText(privacyMessages);
  const { language } = useLanguage();
  const { busy, failure, send } = useSignedInForm();
  const { version, accepted_version: accepted, accepted_at: at } = consent;
  if (accepted === version && at !== null)
    return <p role="status">{text("consentAccepted", { time: formatFullTime(at, language) })}</p>;
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
        onClick={() => void send({}, () => acceptNotice(version), onAccepted)}
        className="w-full"
      >
        {text(busy ? "busy" : "consentAccept")}
      </Button>
    </>
  );
}
