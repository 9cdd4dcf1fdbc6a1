"use client";
/** Loads the views of a payment by hand on demand. */
import { type ComponentType, useCallback, useEffect, useState } from "react";
import type { HandPaymentProps } from "@/features/paybill/views/HandPayment";
import { loadNewBuild } from "@/lib/newBuild";

type View = ComponentType<HandPaymentProps>;

const load = () => import("@/features/paybill/views/HandPayment");

/** Downloads the code early; a failed download is ignored. */
export function prepareHandViews(): void {
  load().catch(() => undefined);
}

/** The view once its code has arrived, while it is wanted; `failed` if it did not arrive. */
export function useHandViews(wanted: boolean) {
  const [View, setView] = useState<View | null>(null);
  const [failed, setFailed] = useState(false);

  const get = useCallback(() => {
    load().then(
      (loaded) => {
        setView(() => loaded.HandPayment);
      },
      async () => {
        if (!(await loadNewBuild({ opensSheet: true, chosenId: null }))) setFailed(true);
      },
    );
  }, []);
  useEffect(() => {
    if (wanted) get();
  }, [wanted, get]);

  return {
    View,
    failed,
    retry: () => {
      setFailed(false);
      get();
    },
  };
}
