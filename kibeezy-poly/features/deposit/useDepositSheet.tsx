"use client";
/**
 * Opens the deposit sheet from any page of a signed-in customer. The sheet's code is loaded on
 * demand.
 */
import {
  type ComponentType,
  createContext,
  type ReactNode,
  startTransition,
  useCallback,
  useContext,
  useMemo,
  useState,
} from "react";
import type { DepositOptions } from "@/features/deposit/depositOptions";
import type { HandPaymentViewProps } from "@/features/deposit/HandPaymentView";
import type { HandView } from "@/features/paybill";
import type { Transaction } from "@/lib/api";
import { type Intent, loadNewBuild } from "@/lib/newBuild";

/** The payment by hand that the sheet shows in the place of the deposit. */
export type ByHand = {
  /** Null: the sheet shows the deposit. */
  view: HandView | null;
  show: (view: HandView | null) => void;
  /** Null until its code, which is loaded on demand, has arrived. */
  View: ComponentType<HandPaymentViewProps> | null;
  /** True if the code could not be loaded. */
  failed: boolean;
  load: () => void;
};

export type DepositSheetProps = DepositOptions & {
  phone: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  byHand: ByHand;
  /** An amount whose review the customer asked for on the page; null: none. */
  wanted: number | null;
  onWanted: () => void;
};

type Modal = ComponentType<DepositSheetProps>;

type DepositSheet = {
  Modal: Modal | null;
  /** True if the sheet's code could not be loaded. */
  failed: boolean;
  isOpen: boolean;
  /** The deposit that the customer opened from a list. */
  chosen: Transaction | null;
  /** Downloads the sheet's code early; a failed download is ignored. */
  prepare: () => void;
  /** Loads and renders the sheet and its pill, without opening the sheet. */
  show: () => void;
  setOpen: (open: boolean) => void;
  byHand: ByHand;
  wanted: number | null;
  onWanted: () => void;
  /** Opens the sheet on the review of this amount, unless a deposit is under way. */
  openReview: (amount: number) => void;
  /** Opens the sheet on the paybill's numbers. */
  openPaybill: () => void;
  /** Opens the sheet: on `chosen`, else on the deposit under way, else on an empty form. */
  open: (chosen?: Transaction) => void;
};

const Context = createContext<DepositSheet | null>(null);

type Props = {
  /** Fetches the sheet's code; must be the same function at every render. */
  load: () => Promise<{ DepositModal: Modal }>;
  /** Fetches the code of a payment by hand; must be the same function at every render. */
  loadHand: () => Promise<{ HandPaymentView: ComponentType<HandPaymentViewProps> }>;
  children: ReactNode;
};

export function DepositSheetProvider({ load, loadHand, children }: Props) {
  const { code, failed, get: loadSheet } = useCode(load);
  const byHand = useByHand(loadHand);
  const { show: showByHand } = byHand;
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState<Transaction | null>(null);
  const { wanted, want, onWanted } = useWanted();

  const prepare = useCallback(() => {
    load().catch(() => undefined);
  }, [load]);
  const show = useCallback(() => {
    loadSheet(null);
  }, [loadSheet]);

  const setOpen = useCallback(
    (next: boolean) => {
      setIsOpen(next);
      if (next) return;
      setChosen(null);
      onWanted();
      showByHand(null);
    },
    [onWanted, showByHand],
  );

  const open = useCallback(
    (transaction?: Transaction) => {
      // Rendering the sheet takes a slow phone a while. As a transition, it does not block the
      // reaction to the tap.
      startTransition(() => {
        setChosen(transaction ?? null);
        setIsOpen(true);
      });
      loadSheet({ opensSheet: true, chosenId: transaction?.id ?? null });
    },
    [loadSheet],
  );
  const openReview = useCallback(
    (amount: number) => {
      want(amount);
      open();
    },
    [open, want],
  );
  const openPaybill = useCallback(() => {
    showByHand("paybill");
    open();
  }, [open, showByHand]);
  const Modal = code?.DepositModal ?? null;
  const value = useMemo(
    () => ({
      Modal,
      failed,
      isOpen,
      chosen,
      wanted,
      byHand,
      prepare,
      show,
      setOpen,
      onWanted,
      openPaybill,
      openReview,
      open,
    }),
    [
      Modal,
      failed,
      isOpen,
      chosen,
      wanted,
      byHand,
      prepare,
      show,
      setOpen,
      onWanted,
      openPaybill,
      openReview,
      open,
    ],
  );
  return <Context value={value}>{children}</Context>;
}

/** The amount whose review the customer asked for, until the sheet has taken it. */
function useWanted() {
  const [wanted, want] = useState<number | null>(null);
  const onWanted = useCallback(() => {
    want(null);
  }, []);
  return { wanted, want, onWanted };
}

function useByHand(load: Props["loadHand"]): ByHand {
  const hand = useCode(load);
  const [view, show] = useState<HandView | null>(null);
  return useMemo(
    () => ({
      view,
      show,
      View: hand.code?.HandPaymentView ?? null,
      failed: hand.failed,
      load: () => {
        hand.get({ opensSheet: true, chosenId: null });
      },
    }),
    [view, hand],
  );
}

/** Code that is loaded on demand; a new build of the page, which no longer has it, is loaded whole. */
function useCode<Code>(load: () => Promise<Code>) {
  const [code, setCode] = useState<Code | null>(null);
  const [failed, setFailed] = useState(false);
  const get = useCallback(
    (intent: Intent) => {
      setFailed(false);
      load().then(
        (loaded) => {
          startTransition(() => {
            setCode(loaded);
          });
        },
        async () => {
          if (!(await loadNewBuild(intent))) setFailed(true);
        },
      );
    },
    [load],
  );
  return useMemo(() => ({ code, failed, get }), [code, failed, get]);
}

export function useDepositSheet(): DepositSheet {
  const sheet = useContext(Context);
  if (sheet === null) throw new Error("useDepositSheet needs a DepositSheetProvider.");
  return sheet;
}
