"use client";
/** The deposit sheet: focus, closing rules, and which view belongs to the state. */
import { type RefObject, useEffect, useLayoutEffect, useId, useRef } from "react";
import { EnvironmentStamp } from "@/components/EnvironmentBand";
import { AnnouncerProvider } from "@/features/deposit/Announcer";
import { type DepositState, isUnderWay } from "@/features/deposit/deposit";
import { DepositPill } from "@/features/deposit/DepositPill";
import { readRecord, writeRecord } from "@/features/deposit/depositRecord";
import { DepositView } from "@/features/deposit/DepositView";
import { EarlierDeposits } from "@/features/deposit/EarlierDeposits";
import { depositMessages } from "@/features/deposit/messages";
import { useDeposit } from "@/features/deposit/useDeposit";
import type { DepositSheetProps } from "@/features/deposit/useDepositSheet";
import { useDepositTitle } from "@/features/deposit/useDepositTitle";
import { LimitsMemory } from "@/features/deposit/useLimits";
import { useText } from "@/lib/useLanguage";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";

export function DepositModal({ phone, open, onOpenChange, ...options }: DepositSheetProps) {
  const text = useText(depositMessages);
  const deposit = useDeposit(options);
  const { state } = deposit;
  const titleId = useId();
  const pill = useRef<HTMLButtonElement>(null);
  const title = useDepositTitle(state);
  const { userId } = options;

  useEffect(() => {
    const record = readRecord(userId);
    if (record !== null && record.minimised === open)
      writeRecord(userId, { ...record, minimised: !open });
  }, [open, userId, state.kind]);

  useReturnedFocus(open, pill);

  // Money on its way stays on its way: closing then only puts the sheet aside.
  function close() {
    onOpenChange(false);
    deposit.leave();
  }

  return (
    <>
      <Dialog open={open} labelledBy={titleId} onClose={close}>
        <EnvironmentStamp />
        <AnnouncerProvider title={title}>
          <div className="p-5 pb-6 sm:p-7">
            <div className="flex items-start gap-3">
              <SheetTitle id={titleId} title={title} view={nameView(state)} />
              <button
                type="button"
                onClick={close}
                aria-label={text(isUnderWay(state) ? "minimise" : "close")}
                className="-mt-2 -mr-2 grid size-12 shrink-0 place-items-center rounded-control text-ink-soft hover:bg-raised hover:text-ink"
              >
                <Icon name="cross" />
              </button>
            </div>
            <LimitsMemory>
              <DepositView deposit={deposit} phone={phone} onClose={close} />
            </LimitsMemory>
            <EarlierDeposits earlier={deposit.earlier} />
          </div>
        </AnnouncerProvider>
      </Dialog>
      <DepositPill
        ref={pill}
        state={open ? null : state}
        onOpen={() => {
          onOpenChange(true);
        }}
      />
    </>
  );
}

/** The browser gives the focus back to what opened the sheet. A pill that did so is a new one by then, or gone. */
function useReturnedFocus(open: boolean, pill: RefObject<HTMLElement | null>): void {
  const wasOpen = useRef(open);
  useEffect(() => {
    const isLost = wasOpen.current && !open && document.activeElement === document.body;
    if (isLost) (pill.current ?? document.getElementById("content"))?.focus();
    wasOpen.current = open;
  }, [open, pill]);
}

/** Waiting for M-Pesa to work again takes the place of the button that began it, and ends by itself. */
function nameView(state: DepositState): string {
  return "watch" in state ? state.watch : state.kind;
}

type TitleProps = { id: string; title: string; view: string };

/** Takes the focus when the view changes under it, so that keyboard and screen reader follow; not out of the help, which stays. */
function SheetTitle({ id, title, view }: TitleProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  // Before the view is painted: nobody sees or hears it without the focus.
  useLayoutEffect(() => {
    if (document.activeElement?.closest("details") == null) ref.current?.focus();
  }, [view]);
  return (
    <h2
      ref={ref}
      id={id}
      tabIndex={-1}
      className="min-w-0 flex-1 text-[1.375rem] font-bold outline-none"
    >
      {title}
    </h2>
  );
}
