"use client";
/** The deposit sheet: dialog, focus and closing. */
import { type RefObject, useEffect, useLayoutEffect, useId, useRef } from "react";
import { EnvironmentStamp } from "@/components/EnvironmentBand";
import { AnnouncerProvider } from "@/features/deposit/Announcer";
import { type DepositState, isUnderWay } from "@/features/deposit/states";
import { DepositPill } from "@/features/deposit/DepositPill";
import { DepositView } from "@/features/deposit/DepositView";
import { EarlierDeposits } from "@/features/deposit/EarlierDeposits";
import { HandPlace } from "@/features/deposit/HandPlace";
import { depositMessages } from "@/features/deposit/messages";
import { useDeposit } from "@/features/deposit/useDeposit";
import type { DepositSheetProps } from "@/features/deposit/useDepositSheet";
import { useDepositTitle } from "@/features/deposit/useDepositTitle";
import { LimitsMemory } from "@/features/deposit/useLimits";
import { handMessages, wasPaybillShown } from "@/features/paybill";
import { useText } from "@/lib/useLanguage";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";

export function DepositModal(props: DepositSheetProps) {
  const { phone, open, onOpenChange, byHand, ...options } = props;
  const text = useText(depositMessages);
  const handText = useText(handMessages);
  const deposit = useDeposit(options);
  const { state } = deposit;
  const titleId = useId();
  const pill = useRef<HTMLButtonElement>(null);
  const depositTitle = useDepositTitle(state);
  const { view, show: onHand } = byHand;
  const title = view === null ? depositTitle : handText(view);
  const { setMinimised } = deposit;

  useEffect(() => {
    setMinimised(!open);
  }, [open, setMinimised, state.kind]);

  useReturnedFocus(open, pill);

  function send() {
    if (wasPaybillShown(options.userId, options.transactions)) onHand("ask");
    else deposit.send();
  }

  // Closing does not end a deposit under way: it minimises the sheet to the pill.
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
              <SheetTitle id={titleId} title={title} view={view ?? nameView(state)} />
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
              {view === null ? (
                <DepositView
                  deposit={deposit}
                  phone={phone}
                  onSend={send}
                  onHand={onHand}
                  onClose={close}
                />
              ) : null}
              <HandPlace byHand={byHand} deposit={deposit} options={options} onClose={close} />
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

/**
 * When the sheet closes, the browser returns the focus to the element that opened it. A pill that
 * opened it no longer exists then, and the focus is lost: it moves to the new pill, else to the
 * page's content.
 */
function useReturnedFocus(open: boolean, pill: RefObject<HTMLElement | null>): void {
  const wasOpen = useRef(open);
  useEffect(() => {
    const isLost = wasOpen.current && !open && document.activeElement === document.body;
    if (isLost) (pill.current ?? document.getElementById("content"))?.focus();
    wasOpen.current = open;
  }, [open, pill]);
}

/**
 * Names the view, since the focus moves when the view changes. While M-Pesa is down each value of
 * `watch` is a view of its own: its button is removed, and the focus would be lost with it.
 */
function nameView(state: DepositState): string {
  return "watch" in state ? state.watch : state.kind;
}

type TitleProps = { id: string; title: string; view: string };

/**
 * The sheet's title. It takes the focus when the view changes, so that keyboard and screen reader
 * follow, except when the focus is inside the help, which stays open across views.
 */
function SheetTitle({ id, title, view }: TitleProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  // A layout effect moves the focus before the new view is painted.
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
