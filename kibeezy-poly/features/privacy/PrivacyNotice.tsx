"use client";
import { getNotice, type Notice } from "@/features/privacy/api";
import { privacyMessages } from "@/features/privacy/messages";
import { noticeMessages } from "@/features/privacy/noticeMessages";
import { NOTICE_VERSION } from "@/features/privacy/version";
import { useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { Card } from "@/ui/Card";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { Loaded } from "@/ui/Loaded";

/** The privacy notice, for everybody, signed in or not. */
export function PrivacyNotice() {
  const title = useText(privacyMessages);
  const text = useText(noticeMessages);
  const notice = useResource(getNotice);
  return (
    <div className="space-y-5">
      <div>
        <h1 className="text-title font-bold">{title("title")}</h1>
        <p className="mt-1 text-ink-soft">{text("lead", { version: NOTICE_VERSION })}</p>
      </div>
      <Card title={text("whatTitle")}>
        <p>{text("what")}</p>
      </Card>
      <Card title={text("whyTitle")}>
        <p>{text("why")}</p>
      </Card>
      <Card title={text("whoTitle")}>
        <p>{text("who")}</p>
      </Card>
      <Loaded resource={notice} skeleton={<CardSkeleton lines={3} />}>
        {(told) => <Promises notice={told} />}
      </Loaded>
    </div>
  );
}

function Promises({ notice }: { notice: Notice }) {
  const text = useText(noticeMessages);
  const contact = notice.contact === "" ? text("support") : notice.contact;
  return (
    <>
      <Card title={text("howLongTitle")}>
        <p>{text("howLong", { years: String(notice.keep_years) })}</p>
      </Card>
      <Card title={text("rightsTitle")}>
        <p>{text("rights", { days: String(notice.answer_days) })}</p>
        <p>{text("contact", { contact })}</p>
        <p>{text("odpc")}</p>
      </Card>
    </>
  );
}
