"use client";
/** The deposit sheet: focus, closing rules, and which view belongs to the state. */
import { useEffect, useId, useRef } from "react";
import { DepositForm } from "@/components/deposit/DepositForm";
import { DepositOutcome } from "@/components/deposit/DepositOutcome";
import { DepositPill } from "@/components/deposit/DepositPill";
import { DepositProgress } from "@/components/deposit/DepositProgress";
import { useDepositTitle } from "@/components/deposit/useDepositTitle";
import { EnvironmentStamp } from "@/components/EnvironmentBand";
import { Dialog } from "@/components/ui/Dialog";
import { Icon } from "@/components/ui/Icon";
import { type DepositControl, type DepositOptions, useDeposit } from "@/hooks/useDeposit";
import { useText } from "@/hooks/useLanguage";
import { type DepositState, isFinal, isUnderWay } from "@/lib/deposit";
import { readRecord, writeRecord } from "@/lib/depositRecord";
import { depositMessages } from "@/lib/messages/deposit";

export type DepositModalProps = DepositOptions & {
  phone: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

export function DepositModal({ phone, open, onOpenChange, ...options }: DepositModalProps) {
  const text = useText(depositMessages);
  const deposit = useDeposit(options);
  const { state } = deposit;
  const titleId = useId();
  const title = useDepositTitle(state);
  const { userId } = options;

  useEffect(() => {
    const record = readRecord(userId);
    if (record !== null && record.minimised === open)
      writeRecord(userId, { ...record, minimised: !open });
  }, [open, userId, state.kind]);

  // Money on its way stays on its way: closing then only puts the sheet aside.
  function close() {
    onOpenChange(false);
    if (isFinal(state) || state.kind === "editing") deposit.startOver();
  }

  return (
    <>
      <Dialog open={open} labelledBy={titleId} onClose={close}>
        <EnvironmentStamp />
        <div className="p-5 pb-6 sm:p-7">
          <div className="flex items-start gap-3">
            <SheetTitle id={titleId} title={title} kind={state.kind} />
            <button
              type="button"
              onClick={close}
              aria-label={text(isUnderWay(state) ? "minimise" : "close")}
              className="-mt-2 -mr-2 grid size-12 shrink-0 place-items-center rounded-control text-ink-soft hover:bg-raised hover:text-ink"
            >
              <Icon name="cross" />
            </button>
          </div>
          <DepositView deposit={deposit} phone={phone} onClose={close} />
          <p role="status" className="sr-only">
            {title}
          </p>
        </div>
      </Dialog>
      <DepositPill
        state={open ? null : state}
        onOpen={() => {
          onOpenChange(true);
        }}
      />
    </>
  );
}

type TitleProps = { id: string; title: string; kind: DepositState["kind"] };

/** Takes the focus when the view changes under it, so that keyboard and screen reader follow. */
function SheetTitle({ id, title, kind }: TitleProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    ref.current?.focus();
  }, [kind]);
  return (
    <h2 ref={ref} id={id} tabIndex={-1} className="flex-1 text-[1.375rem] font-bold outline-none">
      {title}
    </h2>
  );
}

type ViewProps = { deposit: DepositControl; phone: string; onClose: () => void };

function DepositView({ deposit, phone, onClose }: ViewProps) {
  const { state, startOver } = deposit;
  switch (state.kind) {
    case "editing":
      return <DepositForm state={state} phone={phone} onSubmit={deposit.submit} />;
    case "succeeded":
    case "failed":
      return <DepositOutcome state={state} phone={phone} onAgain={startOver} onClose={onClose} />;
    default:
      return (
        <DepositProgress
          state={state}
          phone={phone}
          onResend={deposit.resend}
          onCheck={deposit.checkNow}
          onAgain={() => {
            startOver();
          }}
          onClose={onClose}
        />
      );
  }
}
