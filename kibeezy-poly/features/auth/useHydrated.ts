"use client";
import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/** False in the server's page and until the browser has taken it over: buttons wait for that. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
