"use client";
/**
 * Whether the customer has hidden the balance: kept in a cookie, so that the page's server does not
 * show it either.
 */
import { useEffect, useSyncExternalStore } from "react";
import { HIDDEN_COOKIE } from "@/features/wallet/hiddenCookie";
import { readStored, writeStored } from "@/lib/storage";

/** Release 0.1.0 kept the choice here. */
const OLD_KEY = "kibeezy.balanceHidden";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function isHidden(): boolean {
  const [, value] = new RegExp(`(?:^|;\\s*)${HIDDEN_COOKIE}=([^;]*)`).exec(document.cookie) ?? [];
  return value === "1";
}

export function hideBalance(hidden: boolean): void {
  document.cookie = `${HIDDEN_COOKIE}=${hidden ? "1" : ""}; path=/; max-age=${hidden ? "31536000" : "0"}; samesite=lax`;
  for (const listener of listeners) listener();
}

/** `onServer` is what the page's server read in the cookie: the first paint in the browser equals it. */
export function useHiddenBalance(onServer: boolean): boolean {
  useEffect(() => {
    if (readStored(OLD_KEY) === null) return;
    writeStored(OLD_KEY, null);
    hideBalance(true);
  }, []);
  return useSyncExternalStore(subscribe, isHidden, () => onServer);
}
