"use client";
import { useState } from "react";
import { endOtherSessions, getSessions, type OpenSession } from "@/features/account/api";
import { sessionMessages } from "@/features/account/sessionMessages";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Loaded } from "@/ui/Loaded";
import { Sentence } from "@/ui/Sentence";

/** Where the account is open; ends everything but this session. */
export function Sessions() {
  const text = useText(sessionMessages);
  const resource = useResource(getSessions);
  const { busy, failure, send } = useSignedInForm();
  const [ended, setEnded] = useState(false);

  function endOthers() {
    setEnded(false);
    void send({}, endOtherSessions, () => {
      setEnded(true);
      resource.refresh();
    });
  }

  return (
    <>
      <Loaded
        resource={resource}
        skeleton={<div aria-hidden="true" className="skeleton h-24 w-full" />}
      >
        {({ sessions }) => (
          <ul className="divide-y divide-line">
            {sessions.map((session, place) => (
              // They have no name of their own, and never change their order while they are shown.
              <li key={place} className="py-3">
                <SessionLines session={session} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {failure === null ? null : (
        <Alert tone="bad" assertive>
          <Sentence>{failure}</Sentence>
        </Alert>
      )}
      <Button kind="secondary" busy={busy} onClick={endOthers} className="w-full">
        {text(busy ? "ending" : "endOthers")}
      </Button>
      <div role="status">{ended ? <Alert tone="good">{text("othersEnded")}</Alert> : null}</div>
    </>
  );
}

function SessionLines({ session }: { session: OpenSession }) {
  const text = useText(sessionMessages);
  const { language } = useLanguage();
  const { kind, browser, system, opened_at, is_current } = session;
  const unknown = text(kind === "token" ? "sessionToken" : "sessionUnknown");
  const isNamed = browser !== "" && system !== "";
  const name = isNamed ? text("sessionName", { browser, system }) : browser || system || unknown;
  return (
    <>
      <p className="font-medium">{name}</p>
      {is_current ? <p className="text-sm text-brand">{text("sessionThis")}</p> : null}
      {opened_at === null ? null : (
        <p className="text-sm text-ink-soft">
          {text("sessionSince", { time: formatFullTime(opened_at, language) })}
        </p>
      )}
    </>
  );
}
