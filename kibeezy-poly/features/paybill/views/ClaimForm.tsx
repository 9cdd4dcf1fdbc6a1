"use client";
import { type ReactNode, useId, useRef, useState } from "react";
import { type ClaimAnswer, sendClaim } from "@/features/paybill/api";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { MoneyLine } from "@/features/paybill/views/MoneyLine";
import { PaymentHints } from "@/features/paybill/views/PaymentHints";
import { Step } from "@/features/paybill/views/Step";
import { useClaimError } from "@/features/paybill/views/useClaimError";
import { usePasted } from "@/features/paybill/views/usePasted";
import { toApiError } from "@/lib/errors";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = HandPaymentProps & {
  takesFocus: boolean;
  onAnswer: (code: string, answer: ClaimAnswer) => void;
  /** Called when the API is already looking for this code. */
  onKnown: (code: string, message: string | null) => void;
};

export function ClaimForm(props: Props) {
  const { paybill, takesFocus, say } = props;
  const text = useText(paybillMessages);
  const { typed, pasted, hints, fault, set } = usePasted(paybill);
  const { busy, error, submit } = useSubmit(props);
  const [isChecked, setIsChecked] = useState(false);
  // While a code is being typed there is none yet: only the button says so. What M-Pesa's SMS says
  // for certain is said at once.
  const isCertain = pasted.kind !== "none" && pasted.kind !== "empty";
  const shownFault = isChecked || isCertain ? fault : null;

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setIsChecked(true);
        if (fault === null && pasted.kind === "payment") void submit(pasted.payment.code);
      }}
    >
      <Step title={text("claimLead")} takesFocus={takesFocus}>
        <PasteBox
          value={typed}
          error={error ?? shownFault}
          say={say}
          onChange={(next) => {
            setIsChecked(false);
            set(next);
          }}
        >
          {pasted.kind === "payment" && fault === null ? (
            <PaymentHints payment={pasted.payment} warnings={hints} say={say} />
          ) : null}
        </PasteBox>
        <MoneyLine title={text("claimPrivate")}>{text("claimPrivateNow")}</MoneyLine>
        <Button type="submit" busy={busy} className="w-full">
          {text(nameAction(busy, fault === null && hints.length > 0))}
        </Button>
      </Step>
    </form>
  );
}

function nameAction(busy: boolean, isDoubtful: boolean): "finding" | "findAnyway" | "find" {
  if (busy) return "finding";
  return isDoubtful ? "findAnyway" : "find";
}

/** Sends the code, one request at a time. Repeating it is harmless: the API knows the claim. */
function useSubmit({ onAnswer, onKnown, onSignedOut }: Props) {
  const describe = useClaimError();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(code: string) {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      onAnswer(code, await sendClaim(code));
    } catch (thrown) {
      const failure = toApiError(thrown);
      if (failure.status === 401) onSignedOut();
      else if (failure.code === "claim_in_progress") onKnown(code, failure.customerMessage);
      else setError(describe(failure));
    } finally {
      setBusy(false);
    }
  }

  return { busy, error, submit };
}

type BoxProps = {
  value: string;
  error: string | null;
  onChange: (value: string) => void;
  say: (message: string) => void;
  children: ReactNode;
};

/** The box for the SMS, with a button to paste where the browser offers that. */
function PasteBox({ value, error, onChange, say, children }: BoxProps) {
  const text = useText(paybillMessages);
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const canPaste = "clipboard" in navigator && "readText" in navigator.clipboard;

  async function paste() {
    try {
      onChange(await navigator.clipboard.readText());
    } catch {
      say(text("pasteFailed"));
    }
    box.current?.focus();
  }

  return (
    <div>
      <div className="mb-1.5 flex flex-wrap items-center justify-between gap-x-3">
        <label htmlFor={id} className="font-semibold">
          {text("claimLabel")}
        </label>
        {canPaste ? (
          <Button kind="quiet" onClick={() => void paste()}>
            {text("paste")}
          </Button>
        ) : null}
      </div>
      <textarea
        ref={box}
        id={id}
        rows={4}
        value={value}
        autoComplete="off"
        autoCapitalize="characters"
        autoCorrect="off"
        spellCheck={false}
        translate="no"
        aria-invalid={error === null ? undefined : true}
        aria-describedby={error === null ? undefined : `${id}-error`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        className={`block w-full rounded-control border bg-surface px-4 py-3 text-base ${error === null ? "border-line-strong" : "border-bad"}`}
      />
      {error === null ? (
        children
      ) : (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-sm font-medium text-bad">
          <Sentence>{error}</Sentence>
        </p>
      )}
    </div>
  );
}
