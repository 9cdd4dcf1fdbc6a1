"use client";
import { useState } from "react";
import { Button } from "@/components/ui/Button";
import { useText } from "@/hooks/useLanguage";
import { toApiError } from "@/lib/errors";
import { commonMessages } from "@/lib/messages/common";
import { walletMessages } from "@/lib/messages/wallet";

type Props = { next: string; onMore: (next: string) => Promise<void> };

/** Fetches the next page of a list; what is shown already stays when that fails. */
export function MoreButton({ next, onMore }: Props) {
  const text = useText(walletMessages);
  const common = useText(commonMessages);
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");

  async function more() {
    setState("busy");
    try {
      await onMore(next);
      setState("idle");
    } catch (thrown) {
      toApiError(thrown);
      setState("failed");
    }
  }

  return (
    <div className="mt-3 text-center">
      {state === "failed" ? (
        <p role="alert" className="mb-2 text-bad">
          {text("moreFailed")}
        </p>
      ) : null}
      <Button kind="quiet" busy={state === "busy"} onClick={() => void more()}>
        {state === "busy" ? common("loading") : text("more")}
      </Button>
    </div>
  );
}
