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
import type { HandView } from "@/features/paybill";
import type { Transaction } from "@/lib/api";
import { type Intent, loadNewBuild } from "@/lib/newBuild";

export type DepositSheetProps = DepositOptions & {
  phone: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The view of a payment by hand that the sheet shows; null: it shows the deposit. */
  hand: HandView | null;
  onHand: (view: HandView | null) => void;
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
  hand: HandView | null;
  setHand: (view: HandView | null) => void;
  /** Opens the sheet on a view of a payment by hand. */
  openHand: (view: HandView) => void;
  /** Opens the sheet: on `chosen`, else on the deposit under way, else on an empty form. */
  open: (chosen?: Transaction) => void;
};

const Context = createContext<DepositSheet | null>(null);

type Props = {
  /** Fetches the sheet's code; must be the same function at every render. */
  load: () => Promise<{ DepositModal: Modal }>;
  children: ReactNode;
};

export function DepositSheetProvider({ load, children }: Props) {
  const [Modal, setModal] = useState<Modal | null>(null);
  const [failed, setFailed] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState<Transaction | null>(null);
  const [hand, setHand] = useState<HandView | null>(null);

  const prepare = useCallback(() => {
    load().catch(() => undefined);
  }, [load]);

  const loadSheet = useCallback(
    (intent: Intent) => {
      setFailed(false);
      load().then(
        (loaded) => {
          startTransition(() => {
            setModal(() => loaded.DepositModal);
          });
        },
        async () => {
          if (!(await loadNewBuild(intent))) setFailed(true);
        },
      );
    },
    [load],
  );
  const show = useCallback(() => {
    loadSheet(null);
  }, [loadSheet]);

  const setOpen = useCallback((next: boolean) => {
    setIsOpen(next);
    if (next) return;
    setChosen(null);
    setHand(null);
  }, []);

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
  const openHand = useCallback(
    (view: HandView) => {
      setHand(view);
      open();
    },
    [open],
  );

  const value = useMemo(
    () => ({
      Modal,
      failed,
      isOpen,
      chosen,
      hand,
      prepare,
      show,
      setOpen,
      setHand,
      openHand,
      open,
    }),
    [Modal, failed, isOpen, chosen, hand, prepare, show, setOpen, openHand, open],
  );
  return <Context value={value}>{children}</Context>;
}

export function useDepositSheet(): DepositSheet {
  const sheet = useContext(Context);
  if (sheet === null) throw new Error("useDepositSheet needs a DepositSheetProvider.");
  return sheet;
}
