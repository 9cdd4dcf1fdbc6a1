"use client";
import { useRef, useState } from "react";
import { type Claim, listClaims } from "@/features/paybill/api";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { MoneyLine } from "@/features/paybill/views/MoneyLine";
import { Step } from "@/features/paybill/views/Step";
import { toApiError } from "@/lib/errors";
import { formatTime, serverNow } from "@/lib/time";
import { useFailureText } from "@/lib/useFailureText";
import { useLanguage, useText } from "@/lib/useLanguage";
import { type PollResult, usePolling } from "@/lib/usePolling";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = HandPaymentProps & {
  code: string;
  /** When the claim was made, as milliseconds. */
  at: number;
  message: string | null;
  takesFocus: boolean;
  onFound: (transactionId: number) => void;
  /** Our team has closed the claim without a payment. */
  onClosed: (claim: Claim) => void;
  onAnother: () => void;
};

const LOOK_AGAIN_S = 15;

/** A claim that the API looks into, until the payment is found or our team closes the claim. */
export function ClaimChecking(props: Props) {
  const { code, message, takesFocus, onAnother } = props;
  const text = useText(paybillMessages);
  const { busy, note, said, askNow } = useSearch(props);
  return (
    <Step title={text("checkingTitle", { code })} takesFocus={takesFocus}>
      <p>
        <Sentence>{said ?? message ?? text("checkingWhat")}</Sentence>
      </p>
      <MoneyLine tone="wait" icon="clock" title={text("checkingNow")}>
        {text("claimPrivate")}
      </MoneyLine>
      <div className="space-y-2">
        <Button onClick={askNow} className="w-full">
          {text(busy ? "checkBusy" : "checkNow")}
        </Button>
        <p className="min-h-[1lh] text-center text-sm text-ink-soft">{note}</p>
      </div>
      <Button kind="secondary" onClick={onAnother} className="w-full">
        {text("another")}
      </Button>
    </Step>
  );
}

/** Asks how the claim stands. `said` is the API's newest sentence about it. */
function useSearch({ code, at, onFound, onClosed, onSignedOut, say }: Props) {
  const text = useText(paybillMessages);
  const describe = useFailureText();
  const { language } = useLanguage();
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const isAsked = useRef(false);

  function answer(message: string) {
    // Only the answer to a tap is announced and shown.
    if (!isAsked.current) return;
    isAsked.current = false;
    setBusy(false);
    setNote(message);
    say(message);
  }

  const ask = usePolling({
    subject: at,
    startedMs: at,
    ask: async (signal): Promise<PollResult> => {
      try {
        const { results } = await listClaims(signal);
        const claim = results.find(({ receipt }) => spell(receipt) === spell(code));
        if (claim?.status === "credited" && claim.transaction_id !== null) {
          onFound(claim.transaction_id);
          return null;
        }
        if (claim?.status === "closed") {
          onClosed(claim);
          return null;
        }
        setSaid(claim?.customer_message ?? null);
        answer(text("checkedAt", { time: formatTime(serverNow(), language) }));
        return LOOK_AGAIN_S;
      } catch (thrown) {
        const error = toApiError(thrown);
        if (error.code === "aborted") return null;
        answer(describe(error).body);
        if (error.status !== 401) return error.retryAfter ?? "failed";
        onSignedOut();
        return null;
      }
    },
  });

  function askNow() {
    isAsked.current = true;
    setBusy(true);
    setNote(null);
    say(text("checkBusy"));
    ask();
  }

  return { busy, note, said, askNow };
}

/** The code with the letters that are read for digits: the API corrects these. */
function spell(code: string): string {
  return code.replaceAll("O", "0").replaceAll("I", "1");
}
