"use client";
import { AllowanceCard } from "@/features/limits/AllowanceCard";
import { getLimits, getOwnLimits, type Limits, type OwnLimits } from "@/features/limits/api";
import { CapsCard } from "@/features/limits/CapsCard";
import { findDepositBlock } from "@/features/limits/depositBlock";
import { BlockNotice } from "@/features/limits/BlockNotice";
import { IdentityFirstCard } from "@/features/limits/IdentityFirstCard";
import { limitsMessages } from "@/features/limits/messages";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { Later } from "@/ui/Later";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";

const loadBreaks = () => import("@/features/limits/BreakCards");

type Both = { allowance: Limits; own: OwnLimits };

async function loadLimits(): Promise<Both> {
  const [allowance, own] = await Promise.all([getLimits(), getOwnLimits()]);
  return { allowance, own };
}

/**
 * The limits page: the limits of deposits, and the customer's own caps, cool-off and
 * self-exclusion.
 */
export function LimitsView() {
  const text = useText(limitsMessages);
  const resource = useResource(loadLimits);

  function take(own: OwnLimits) {
    resource.put((old) => ({ ...old, own }));
    // The customer's caps change the remaining allowance too, so it is loaded again.
    resource.refresh();
  }

  return (
    <PageFrame title={text("title")} lead={text("lead")}>
      <Loaded resource={resource} skeleton={<Skeleton />}>
        {({ allowance, own }) => (
          <>
            {gateOf(allowance)}
            {allowance.identity_required ? (
              <IdentityFirstCard allowance={allowance} />
            ) : (
              <AllowanceCard allowance={allowance} />
            )}
            <CapsCard own={own} onSaved={take} />
            <Later load={loadBreaks}>
              {({ BreakCards }) => <BreakCards own={own} onSaved={take} />}
            </Later>
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

/** Why no deposit is possible now, above everything else; identity has a card of its own. */
function gateOf(allowance: Limits) {
  const block = findDepositBlock(allowance, serverNow());
  return block === null || allowance.identity_required ? null : (
    <BlockNotice block={block} linked={false} />
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
