"use client";
import { useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { toApiError } from "@/lib/errors";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = { next: string; onMore: (next: string) => Promise<void> };

/** Fetches the next page of a list; if that fails, the entries already shown stay. */
export function MoreButton({ next, onMore }: Props) {
  const text = useText(commonMessages);
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
        {state === "busy" ? text("loading") : text("more")}
      </Button>
    </div>
  );
}
