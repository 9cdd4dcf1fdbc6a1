"use client";
import { getIdentity, type Identity } from "@/features/identity/api";
import { IdentityForm } from "@/features/identity/IdentityForm";
import { IdentityStatusCard } from "@/features/identity/IdentityStatusCard";
import { identityMessages } from "@/features/identity/messages";
import { useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useReturn } from "@/lib/useReturn";
import { useWallet } from "@/lib/useWallet";
import { Card } from "@/ui/Card";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { Icon, type IconName } from "@/ui/Icon";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";

/** The identity page: the status of the check, and the form when the customer may send one. */
export function IdentityView() {
  const text = useText(identityMessages);
  const wallet = useWallet();
  const resource = useResource(getIdentity);
  useReturn(() => {
    // When the customer returns to the page, an operator may have decided about the submission.
    if (resource.data?.submission?.status === "PENDING" && !resource.loading) resource.refresh();
  });

  function take(identity: Identity) {
    resource.put(() => identity);
    wallet.refresh();
  }

  return (
    <PageFrame title={text("title")} lead={text("lead")}>
      <Loaded resource={resource} skeleton={<Skeleton />}>
        {(identity) => (
          <>
            <IdentityStatusCard identity={identity} />
            {identity.may_submit ? (
              <IdentityForm
                again={identity.submission !== null}
                first={{
                  full_name: identity.submission?.full_name ?? wallet.data?.me.full_name ?? "",
                  date_of_birth: identity.submission?.date_of_birth ?? "",
                }}
                onSent={take}
              />
            ) : null}
          </>
        )}
      </Loaded>
      <Why />
    </PageFrame>
  );
}

const REASONS: readonly (readonly [IconName, "whyMoney" | "whyAge" | "whySafe"])[] = [
  ["wallet", "whyMoney"],
  ["account", "whyAge"],
  ["shield", "whySafe"],
];

function Why() {
  const text = useText(identityMessages);
  return (
    <Card title={text("why")}>
      <ul className="space-y-3">
        {REASONS.map(([icon, name]) => (
          <li key={name} className="flex gap-3">
            <Icon name={icon} className="mt-0.5 size-5 text-brand" />
            <span>{text(name)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Skeleton() {
  return (
    <>
      <CardSkeleton lines={1} />
      <CardSkeleton lines={5} />
    </>
  );
}
