"use client";
/** The sheet as a step in the browser's history, so that Back closes it in place of the page. */
import { useEffect, useEffectEvent } from "react";
import { addSheetEntry, endSheetEntry, isSheetEntry, removeSheetEntry } from "@/lib/sheetEntry";

/** Adds an entry when the sheet opens; Back then calls `onBack`, and closing removes the entry. */
export function useSheetHistory(open: boolean, onBack: () => void): void {
  const back = useEffectEvent(() => {
    if (!isSheetEntry()) onBack();
  });
  useEffect(() => {
    if (!open) return;
    addSheetEntry();
    const { pathname } = window.location;
    const listener = () => {
      back();
    };
    window.addEventListener("popstate", listener);
    return () => {
      window.removeEventListener("popstate", listener);
      endSheetEntry();
      // Later, since React's strict mode closes and opens in one go. The page may have changed by
      // then: going back would undo that.
      setTimeout(() => {
        if (window.location.pathname === pathname) removeSheetEntry();
      });
    };
  }, [open]);
}
