/**
 * What the page's server has read for the first paint, so that the browser need not ask for it
 * again. It belongs to one answer, and no cache keeps it (`Cache-Control: no-store`).
 */
import { checkAccount } from "@/lib/account";
import type { Me, TransactionPage, Wallet } from "@/lib/api";
import { noteServerTime } from "@/lib/time";
import type { components } from "@/types/api";

type Schemas = components["schemas"];

export type Start = {
  me: Me;
  wallet: Wallet;
  page: TransactionPage;
  /** Null if it could not be read: then the browser asks. */
  limits: Schemas["Limits"] | null;
  /** Null: the API takes no payments by hand. Undefined: not read, so the browser asks. */
  paybill: Schemas["Paybill"] | null | undefined;
  environment: string | null;
  /** The API's clock, as its answer's Date header. */
  date: string | null;
  /** When the answers came, in milliseconds by the clock of the page's server. */
  readAt: number;
};

/** A deposit as the page's server has read it for the page of that deposit. */
export type StartDeposit = {
  /** The user id of the customer whose it is. */
  account: number;
  deposit: Schemas["Transaction"];
  events: Schemas["TimelineEvent"][];
};

/** What is known at the first paint: the start, nothing, or an answer that is still awaited. */
export type Awaited = Start | null | Promise<Start | null>;

/**
 * Takes the start as the browser's own first answers: notes its account and the API's clock.
 * Returns when the page came, by this device's clock; on the server `readAt`.
 */
export function takeStart(start: Start): number {
  if (typeof window === "undefined") return start.readAt;
  const [navigation] = performance.getEntriesByType("navigation");
  const first = (navigation as PerformanceNavigationTiming | undefined)?.responseStart ?? 0;
  const cameAt = first > 0 ? Math.round(performance.timeOrigin + first) : Date.now();
  noteServerTime(start.date, cameAt);
  checkAccount(String(start.me.id), null);
  return cameAt;
}
