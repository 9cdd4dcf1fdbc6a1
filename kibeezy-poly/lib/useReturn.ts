"use client";
import { useEffect, useEffectEvent } from "react";

/**
 * Calls back when the customer returns to the page (from the M-Pesa prompt or another app), and
 * when the network is back.
 */
export function useReturn(onReturn: () => void): void {
  const notify = useEffectEvent(() => {
    if (document.visibilityState === "visible") onReturn();
  });
  useEffect(() => {
    const listener = () => {
      notify();
    };
    const windowEvents = ["focus", "pageshow", "online"];
    for (const name of windowEvents) window.addEventListener(name, listener);
    document.addEventListener("visibilitychange", listener);
    return () => {
      for (const name of windowEvents) window.removeEventListener(name, listener);
      document.removeEventListener("visibilitychange", listener);
    };
  }, []);
}
