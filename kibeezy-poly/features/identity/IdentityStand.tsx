"use client";
import type { Identity, KycStatus } from "@/features/identity/api";
import { identityMessages } from "@/features/identity/messages";
import { showDay } from "@/lib/day";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Card } from "@/ui/Card";
import { type Fact, FactList } from "@/ui/FactList";
import { Icon, type IconName } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Stand = KycStatus | "NONE";

const LOOKS: Record<Stand, { icon: IconName; badge: string }> = {
  NONE: { icon: "card", badge: "bg-raised text-ink-soft" },
  PENDING: { icon: "clock", badge: "bg-wait-soft text-on-wait" },
  VERIFIED: { icon: "check", badge: "bg-brand-soft text-on-brand-soft" },
  REJECTED: { icon: "alert", badge: "bg-bad-soft text-on-bad" },
};

/** How the check stands, and what to do about it. */
export function IdentityStand({ identity }: { identity: Identity }) {
  const text = useText(identityMessages);
  const stand = readStand(identity);
  const { icon, badge } = LOOKS[stand];
  return (
    <Card title={text("state")}>
      <div className="flex flex-wrap items-center gap-4" data-identity={stand}>
        <span className={`grid size-12 shrink-0 place-items-center rounded-full ${badge}`}>
          <Icon name={icon} className="size-6" />
        </span>
        <p role="status" className="text-lg font-bold">
          {text(`state_${stand}`)}
        </p>
      </div>
      <p>{text(stand === "REJECTED" && !identity.may_submit ? "body_CLOSED" : `body_${stand}`)}</p>
      <Reason identity={identity} stand={stand} />
      <Submission identity={identity} />
      {stand === "VERIFIED" ? <NextSteps /> : null}
    </Card>
  );
}

/** Somebody who was verified another way has sent nothing and is verified all the same. */
function readStand({ kyc_status, submission }: Identity): Stand {
  if (kyc_status !== "PENDING") return kyc_status;
  return submission === null ? "NONE" : submission.status;
}

function Reason({ identity, stand }: { identity: Identity; stand: Stand }) {
  const text = useText(identityMessages);
  const reason = identity.submission?.reason ?? "";
  if (stand !== "REJECTED" || reason === "") return null;
  return (
    <Alert tone="bad" title={text("reason")}>
      {reason}
    </Alert>
  );
}

function Submission({ identity: { submission } }: { identity: Identity }) {
  const text = useText(identityMessages);
  const { language } = useLanguage();
  if (submission === null) return null;
  const { full_name, id_number, date_of_birth, submitted_at, decided_at } = submission;
  const facts: Fact[] = [
    [text("fullName"), full_name],
    [text("idNumber"), id_number],
    [text("born"), showDay(date_of_birth, language)],
    [text("sentAt"), formatFullTime(submitted_at, language)],
  ];
  if (decided_at !== null) facts.push([text("decidedAt"), formatFullTime(decided_at, language)]);
  return <FactList facts={facts} />;
}

function NextSteps() {
  const text = useText(identityMessages);
  const link =
    "inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4";
  return (
    <p className="flex flex-wrap gap-x-6">
      <PageLink href="/wallet" className={link}>
        {text("toDeposit")}
      </PageLink>
      <PageLink href="/limits" className={link}>
        {text("toLimits")}
      </PageLink>
    </p>
  );
}
