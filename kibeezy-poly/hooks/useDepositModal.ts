"use client";
/** Fetches the deposit screen's code only when it is wanted: on intent, or when a deposit is under way. */
import { type ComponentType, useCallback, useState } from "react";
import type { DepositModalProps } from "@/components/DepositModal";

type Modal = ComponentType<DepositModalProps>;

const loadModal = () => import("@/components/DepositModal");

export function useDepositModal() {
  const [Modal, setModal] = useState<Modal | null>(null);
  const [failed, setFailed] = useState(false);

  /** Starts the download early and keeps quiet about it. */
  const prepare = useCallback(() => {
    loadModal().catch(() => undefined);
  }, []);

  const show = useCallback(() => {
    setFailed(false);
    loadModal().then(
      (loaded) => {
        setModal(() => loaded.DepositModal);
      },
      () => {
        setFailed(true);
      },
    );
  }, []);

  return { Modal, failed, prepare, show };
}
