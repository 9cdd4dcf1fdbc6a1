/**
 * The views of deposits that were not completed: loaded once, as soon as there is a deposit, and
 * kept, since a failure may come when the network is gone.
 */
import type * as outcomes from "@/features/deposit/steps/outcomes";

export type Outcomes = typeof outcomes;

let loaded: Outcomes | null = null;

/** The views, if they are loaded. */
export function getOutcomes(): Outcomes | null {
  return loaded;
}

export async function loadOutcomes(): Promise<Outcomes> {
  loaded ??= await import("@/features/deposit/steps/outcomes");
  return loaded;
}
