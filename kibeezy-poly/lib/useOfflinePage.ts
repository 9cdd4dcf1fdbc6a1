"use client";
import { useEffect } from "react";

/**
 * Prepares the page for a lost network, once all that the customer waits for has loaded. Browsers
 * without service workers, and pages over plain http, do without.
 */
export function useOfflinePage(): void {
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    const timer = setTimeout(() => {
      navigator.serviceWorker.register("/worker.js").catch(() => undefined);
    }, 5000);
    return () => {
      clearTimeout(timer);
    };
  }, []);
}
