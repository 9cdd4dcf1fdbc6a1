"use client";
import { getClosing } from "@/features/privacy/api";
import { privacyMessages } from "@/features/privacy/messages";
import { useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { Later } from "@/ui/Later";
import { Loaded } from "@/ui/Loaded";
import { OpenCard } from "@/ui/OpenCard";

const load = () => import("@/features/privacy/CloseView");

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
      {() => (
        <Loaded
          resource={resource}
          skeleton={<div aria-hidden="true" className="skeleton h-48 w-full" />}
        >
          {(closing) => (
            <Later load={load}>
              {({ CloseView }) => (
                <CloseView
                  closing={closing}
                  onAsked={(answer) => {
                    resource.put(() => answer);
                  }}
                  onWithdrawn={resource.refresh}
                />
              )}
            </Later>
          )}
        </Loaded>
      )}
    </OpenCard>
  );
}
