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

type CheckStatus = KycStatus | "NONE";

const STYLES: Record<CheckStatus, { icon: IconName; badge: string }> = {
  NONE: { icon: "card", badge: "bg-raised text-ink-soft" },
  PENDING: { icon: "clock", badge: "bg-wait-soft text-on-wait" },
  VERIFIED: { icon: "check", badge: "bg-brand-soft text-on-brand-soft" },
  REJECTED: { icon: "alert", badge: "bg-bad-soft text-on-bad" },
};

/** Shows the status of the identity check, and what to do next. */
export function IdentityStatusCard({ identity }: { identity: Identity }) {
  const text = useText(identityMessages);
  const status = readStatus(identity);
  const { icon, badge } = STYLES[status];
  return (
    <Card title={text("state")}>
      <div className="flex flex-wrap items-center gap-4" data-identity={status}>
        <span className={`grid size-12 shrink-0 place-items-center rounded-full ${badge}`}>
          <Icon name={icon} className="size-6" />
        </span>
        <p role="status" className="text-lg font-bold">
          {text(`state_${status}`)}
        </p>
      </div>
      <p>{text(nameBody(identity, status))}</p>
      <Reason identity={identity} status={status} />
      <Submission identity={identity} />
      {status === "VERIFIED" ? <NextSteps /> : null}
    </Card>
  );
}

function nameBody({ may_submit, tier }: Identity, status: CheckStatus) {
  if (status === "REJECTED" && !may_submit) return "body_CLOSED";
  return status === "VERIFIED" && tier === "basic"
    ? "body_VERIFIED_basic"
    : (`body_${status}` as const);
}

/**
 * Reads the status of the check. A customer without a KYC submission may be verified too: an
 * operator can verify without one.
 */
function readStatus({ kyc_status, submission }: Identity): CheckStatus {
  if (kyc_status !== "PENDING") return kyc_status;
  return submission === null ? "NONE" : submission.status;
}

function Reason({ identity, status }: { identity: Identity; status: CheckStatus }) {
  const text = useText(identityMessages);
  const reason = identity.submission?.reason ?? "";
  if (status !== "REJECTED" || reason === "") return null;
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
