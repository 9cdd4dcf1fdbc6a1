/** A store of the environment that the API reports, to which the pages subscribe. */

export type Environment = "mock" | "sandbox" | "production";

const listeners = new Set<() => void>();
let current: Environment | null = null;

/** Stores the `X-Environment` header of a response. */
export function noteEnvironment(header: string | null): void {
  const known =
    header === "mock" || header === "sandbox" || header === "production" ? header : null;
  if (known === null || known === current) return;
  current = known;
  for (const listener of listeners) listener();
}

export function getEnvironment(): Environment | null {
  return current;
}

export function subscribeToEnvironment(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
