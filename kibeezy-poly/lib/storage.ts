/**
 * localStorage, shared by the tabs of this device. If the browser denies access, reads return null
 * and writes do nothing.
 */

export function readStored(key: string): unknown {
  try {
    return JSON.parse(window.localStorage.getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
}

/** Stores the value as JSON; null deletes it. */
export function writeStored(key: string, value: object | null): void {
  try {
    if (value === null) window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows may deny access. Then everything works, but a deposit cannot be resumed after
    // a reload.
  }
}

/** Calls back when another tab has written or deleted the value. */
export function watchStored(key: string, onChange: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === key) onChange();
  };
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener("storage", listener);
  };
}
