"use client";
/**
 * A code that is under way to the phone: what goes with it, and the number. Kept for this tab, as
 * phones with little memory end a page while the customer reads the SMS. It is worth nothing without
 * the code.
 */
import { useCallback, useMemo, useSyncExternalStore } from "react";

export type OpenCode = {
  /** What the API wants back with the code. */
  handle: string;
  phone: string;
};

const KEY = "kibeezy.recovery";
const listeners = new Set<() => void>();
/** What is shown where the browser denies storage. */
let unstored: string | null = null;

function read(): string | null {
  try {
    return window.sessionStorage.getItem(KEY) ?? unstored;
  } catch {
    return unstored;
  }
}

function write(text: string | null): void {
  unstored = null;
  try {
    if (text === null) window.sessionStorage.removeItem(KEY);
    else window.sessionStorage.setItem(KEY, text);
  } catch {
    // A private window: the code is lost with the page, and another can be asked for.
    unstored = text;
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The open code of this tab, and how to replace it; null on the server and without one. */
export function useOpenCode(): [OpenCode | null, (next: OpenCode | null) => void] {
  const text = useSyncExternalStore(subscribe, read, () => null);
  const set = useCallback((next: OpenCode | null) => {
    write(next === null ? null : JSON.stringify(next));
  }, []);
  return [useMemo(() => parse(text), [text]), set];
}

function parse(text: string | null): OpenCode | null {
  try {
    const stored = JSON.parse(text ?? "null") as Partial<OpenCode> | null;
    return typeof stored?.handle === "string" && typeof stored.phone === "string"
      ? { handle: stored.handle, phone: stored.phone }
      : null;
  } catch {
    return null;
  }
}
