"use client";
/** The way to the deposit sheet from any page inside: its code is loaded when it is wanted, or a deposit is under way. */
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
import type { Transaction } from "@/lib/api";

export type DepositSheetProps = DepositOptions & {
  phone: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

type Modal = ComponentType<DepositSheetProps>;

type DepositSheet = {
  Modal: Modal | null;
  /** The code could not be loaded. */
  failed: boolean;
  isOpen: boolean;
  /** A deposit that the customer chose to look at. */
  chosen: Transaction | null;
  /** Starts the download early and keeps quiet about it. */
  prepare: () => void;
  /** Makes pill and sheet appear, without opening the sheet. */
  show: () => void;
  setOpen: (open: boolean) => void;
  /** Opens the sheet: on the deposit under way, on the one given, else on an empty form. */
  open: (chosen?: Transaction) => void;
};

const Context = createContext<DepositSheet | null>(null);

type Props = {
  /** Fetches the sheet's code; the same function at every render. */
  load: () => Promise<{ DepositModal: Modal }>;
  children: ReactNode;
};

export function DepositSheetProvider({ load, children }: Props) {
  const [Modal, setModal] = useState<Modal | null>(null);
  const [failed, setFailed] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState<Transaction | null>(null);

  const prepare = useCallback(() => {
    load().catch(() => undefined);
  }, [load]);

  const show = useCallback(() => {
    setFailed(false);
    load().then(
      (loaded) => {
        startTransition(() => {
          setModal(() => loaded.DepositModal);
        });
      },
      () => {
        setFailed(true);
      },
    );
  }, [load]);

  const setOpen = useCallback((next: boolean) => {
    setIsOpen(next);
    if (!next) setChosen(null);
  }, []);

  const open = useCallback(
    (transaction?: Transaction) => {
      // A cheap phone needs a while to build the sheet; the tap itself is answered at once.
      startTransition(() => {
        setChosen(transaction ?? null);
        setIsOpen(true);
      });
      show();
    },
    [show],
  );

  const value = useMemo(
    () => ({ Modal, failed, isOpen, chosen, prepare, show, setOpen, open }),
    [Modal, failed, isOpen, chosen, prepare, show, setOpen, open],
  );
  return <Context value={value}>{children}</Context>;
}

export function useDepositSheet(): DepositSheet {
  const sheet = useContext(Context);
  if (sheet === null) throw new Error("The deposit sheet belongs to the pages inside.");
  return sheet;
}
