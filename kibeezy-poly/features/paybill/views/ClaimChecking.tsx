"use client";
import { useRef, useState } from "react";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { MoneyLine } from "@/features/paybill/views/MoneyLine";
import { Step } from "@/features/paybill/views/Step";
import { listTransactions } from "@/lib/api";
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
  onAnother: () => void;
};

const LOOK_AGAIN_S = 15;

/** A claim that the API looks into. The payment shows among the deposits once it is found. */
export function ClaimChecking(props: Props) {
  const { code, message, takesFocus, onAnother } = props;
  const text = useText(paybillMessages);
  const { busy, note, askNow } = useSearch(props);
  return (
    <Step title={text("checkingTitle", { code })} takesFocus={takesFocus}>
      <p>
        <Sentence>{message ?? text("checkingWhat")}</Sentence>
      </p>
      <MoneyLine tone="wait" icon="clock" title={text("checkingNow")}>
        {text("claimPrivate")}
      </MoneyLine>
      <div className="space-y-2">
        <Button onClick={askNow} className="min-h-14 w-full text-lg">
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

/** Looks for the payment among the customer's deposits, by its receipt number. */
function useSearch({ code, at, onFound, onSignedOut, say }: Props) {
  const text = useText(paybillMessages);
  const describe = useFailureText();
  const { language } = useLanguage();
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState<string | null>(null);
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
        const { results } = await listTransactions(signal);
        const found = results.find(
          (txn) => txn.mpesa_receipt_number === code && txn.status === "COMPLETED",
        );
        if (found === undefined) {
          answer(text("checkedAt", { time: formatTime(serverNow(), language) }));
          return LOOK_AGAIN_S;
        }
        onFound(found.id);
        return null;
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

  return { busy, note, askNow };
}
