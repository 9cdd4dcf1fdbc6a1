"use client";
import { useEffect, useEffectEvent } from "react";

/** Calls back whenever the customer comes back: from the M-Pesa prompt, another app, or out of a tunnel. */
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
