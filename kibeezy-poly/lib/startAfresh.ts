/**
 * Loads the page afresh for the account that is signed in now. A new load is the only way to be
 * sure that nothing of the account before is kept: no request, no timer, no text in a field.
 */
import { reload } from "@/lib/reload";

const MARK = "#other-account";

const isAfresh = typeof window === "object" && window.location.hash === MARK;

let started = false;

/** Opens the wallet afresh, where the customer is told why; once, however many requests fail. */
export function startAfresh(): void {
  if (started) return;
  started = true;
  window.history.replaceState(null, "", `/wallet${MARK}`);
  reload();
}

/** True if this load of the page began with `startAfresh`. */
export function wasStartedAfresh(): boolean {
  return isAfresh;
}
