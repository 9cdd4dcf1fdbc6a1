/** A fake of Next's navigation: a router that records calls, and the address of the window. */
import { useSyncExternalStore } from "react";
import { vi } from "vitest";

export const router = { replace: vi.fn(), push: vi.fn(), prefetch: vi.fn(), refresh: vi.fn() };

const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

const pushState = window.history.pushState.bind(window.history);
window.history.pushState = (...step: Parameters<History["pushState"]>) => {
  pushState(...step);
  tell();
};

/** Sets the address before the page under test is rendered. */
export function goTo(path: string): void {
  window.history.replaceState(null, "", path);
  tell();
}

export const useRouter = () => router;

export const usePathname = () => useSyncExternalStore(subscribe, () => window.location.pathname);

export const useSearchParams = () =>
  new URLSearchParams(useSyncExternalStore(subscribe, () => window.location.search));
