"use client";
import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/** False on the server and until hydration: buttons wait for it. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
