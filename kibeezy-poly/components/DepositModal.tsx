"use client";
/** The deposit sheet: dialog, focus and closing. */
import { type RefObject, useEffect, useEffectEvent, useId, useLayoutEffect, useRef } from "react";
import { useSheetHistory } from "@/components/useSheetHistory";
import { EnvironmentStamp } from "@/components/EnvironmentBand";
import { AnnouncerProvider } from "@/features/deposit/Announcer";
import { type DepositState, isUnderWay } from "@/features/deposit/states";
import { DepositPill } from "@/features/deposit/DepositPill";
import { DepositSteps } from "@/features/deposit/steps/DepositSteps";
import { NewBalance, Tick } from "@/features/deposit/steps/DepositSuccess";
import { DepositView } from "@/features/deposit/DepositView";
import { EarlierDeposits } from "@/features/deposit/EarlierDeposits";
import { HandPlace } from "@/features/deposit/HandPlace";
import { depositMessages } from "@/features/deposit/messages";
import { type DepositControl, useDeposit } from "@/features/deposit/useDeposit";
import type { DepositSheetProps } from "@/features/deposit/useDepositSheet";
import { useDepositTitle } from "@/features/deposit/useDepositTitle";
import { LimitsMemory } from "@/features/deposit/useLimits";
import { handMessages, type HandView, wasPaybillShown } from "@/features/paybill";
import { useText } from "@/lib/useLanguage";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";

export function DepositModal(props: DepositSheetProps) {
  const { phone, open, onOpenChange, byHand, wanted, onWanted, ...options } = props;
  const handText = useText(handMessages);
  const deposit = useDeposit(options);
  const { state } = deposit;
  const titleId = useId();
  const pill = useRef<HTMLButtonElement>(null);
  const depositTitle = useDepositTitle(state);
  const { view, show: onHand } = byHand;
  const isDone = view === null && state.kind === "succeeded";
  const title = view === null ? depositTitle : handText(view);
  const { setMinimised } = deposit;

  useEffect(() => {
    setMinimised(!open);
  }, [open, setMinimised, state.kind]);

  useReturnedFocus(open, pill);
  useSheetHistory(open, close);
  useWantedReview(wanted, deposit, onWanted);

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
        <AnnouncerProvider title={title}>
          <div className={`sheet-body ${isDone ? "succeeded" : ""}`}>
            <SheetHead titleId={titleId} title={title} state={state} view={view} onClose={close} />
            <LimitsMemory>
              {view === null ? (
                <DepositView
                  deposit={deposit}
                  phone={phone}
                  transactions={options.transactions}
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

/** Shows the review of the amount that the customer chose on the page, unless money may move. */
function useWantedReview(
  wanted: number | null,
  { review, isUnderWay }: DepositControl,
  onTaken: () => void,
): void {
  const take = useEffectEvent((amount: number) => {
    if (!isUnderWay) review(amount);
    onTaken();
  });
  useEffect(() => {
    if (wanted !== null) take(wanted);
  }, [wanted]);
}

/**
 * Names the view, since the focus moves when the view changes. While M-Pesa is down each value of
 * `watch` is a view of its own: its button is removed, and the focus would be lost with it.
 */
function nameView(state: DepositState): string {
  return "watch" in state ? state.watch : state.kind;
}

type HeadProps = {
  titleId: string;
  title: string;
  state: DepositState;
  view: HandView | null;
  onClose: () => void;
};

/** The head of the sheet: where we are, what it is, and, once the money is in, the new balance. */
function SheetHead({ titleId, title, state, view, onClose }: HeadProps) {
  const text = useText(depositMessages);
  const succeeded = view === null && state.kind === "succeeded" ? state : null;
  return (
    <header className={`sheet-head ${succeeded === null ? "" : "cloth"}`}>
      <div className="-mx-(--gutter)">
        <EnvironmentStamp />
      </div>
      <div className="sheet-bar">
        <button
          type="button"
          onClick={onClose}
          aria-label={text(isUnderWay(state) ? "minimise" : "close")}
          className="grid size-12 place-items-center rounded-full"
        >
          <Icon name="cross" className="size-6" />
        </button>
      </div>
      {view === null ? <DepositSteps kind={state.kind} /> : null}
      {succeeded === null ? null : <Tick />}
      <SheetTitle
        id={titleId}
        title={title}
        view={view ?? nameView(state)}
        isQuestion={view === null && state.kind === "editing"}
      />
      {succeeded === null ? null : <NewBalance state={succeeded} />}
    </header>
  );
}

type TitleProps = { id: string; title: string; view: string; isQuestion: boolean };

/**
 * The sheet's title. It takes the focus when the view changes, so that keyboard and screen reader
 * follow, except when the focus is inside the help, which stays open across views.
 */
function SheetTitle({ id, title, view, isQuestion }: TitleProps) {
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
      className={`font-bold outline-none ${isQuestion ? "text-center text-lg" : "text-title"}`}
    >
      {title}
    </h2>
  );
}
