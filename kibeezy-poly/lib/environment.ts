/** Which environment the API says it is; a store, so that every screen can stamp it. */

export type Environment = "mock" | "sandbox" | "production";

const listeners = new Set<() => void>();
let current: Environment | null = null;

/** Takes the `X-Environment` header of any answer. */
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
