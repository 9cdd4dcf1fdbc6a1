"use client";
import { CardSkeleton } from "@/components/CardSkeleton";
import { AllowanceCard } from "@/components/limits/AllowanceCard";
import { CapsCard } from "@/components/limits/CapsCard";
import { ExclusionCard } from "@/components/limits/ExclusionCard";
import { IdentityFirstCard } from "@/components/limits/IdentityFirstCard";
import { PauseCard } from "@/components/limits/PauseCard";
import { Loaded } from "@/components/Loaded";
import { PageFrame } from "@/components/PageFrame";
import { useText } from "@/hooks/useLanguage";
import { useResource } from "@/hooks/useResource";
import { getOwnLimits, type OwnLimits } from "@/lib/accountApi";
import { getLimits, type Limits } from "@/lib/api";
import { limitsMessages } from "@/lib/messages/limits";

type Both = { allowance: Limits; own: OwnLimits };

async function loadLimits(): Promise<Both> {
  const [allowance, own] = await Promise.all([getLimits(), getOwnLimits()]);
  return { allowance, own };
}

/** What may be deposited, and what the customer allows themselves. */
export function LimitsView() {
  const text = useText(limitsMessages);
  const resource = useResource(loadLimits);

  function take(own: OwnLimits) {
    resource.put((old) => ({ ...old, own }));
    // What is left today depends on the caps too.
    resource.refresh();
  }

  return (
    <PageFrame title={text("title")} lead={text("lead")}>
      <Loaded resource={resource} skeleton={<Skeleton />}>
        {({ allowance, own }) => (
          <>
            {allowance.identity_required ? (
              <IdentityFirstCard allowance={allowance} />
            ) : (
              <AllowanceCard allowance={allowance} />
            )}
            <CapsCard own={own} onSaved={take} />
            <PauseCard own={own} onSaved={take} />
            <ExclusionCard own={own} onSaved={take} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Skeleton() {
  return (
    <>
      <CardSkeleton lines={5} />
      <CardSkeleton lines={4} />
    </>
  );
}
