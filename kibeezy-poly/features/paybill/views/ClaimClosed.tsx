"use client";
import type { Claim } from "@/features/paybill/api";
import { paybillMessages } from "@/features/paybill/views/messages";
import { Step } from "@/features/paybill/views/Step";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

/** Our team has closed the claim, and says why. */
export function ClaimClosed({ claim, onAnother }: { claim: Claim; onAnother: () => void }) {
  const text = useText(paybillMessages);
  return (
    <Step title={text("closedTitle", { code: claim.receipt })} takesFocus>
      <p>
        <Sentence>{claim.customer_message}</Sentence>
      </p>
      {claim.reason !== null && (
        <p>
          <Sentence>{claim.reason}</Sentence>
        </p>
      )}
      <Button kind="secondary" onClick={onAnother} className="w-full">
        {text("another")}
      </Button>
    </Step>
  );
}
