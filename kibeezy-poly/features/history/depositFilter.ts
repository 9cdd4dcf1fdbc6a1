/**
 * The filter of the history: read from the page's address, written to it, and turned into the API's
 * query.
 */
import { addDays, isDay, startOfDay } from "@/lib/day";

export type StatusFilter = "all" | "pending" | "completed" | "failed";

export type DepositFilter = { status: StatusFilter; from: string; to: string };

export const STATUS_FILTERS: readonly StatusFilter[] = ["all", "pending", "completed", "failed"];

/** Reads the filter from the page's address; malformed parts are ignored. */
export function parseDepositFilter(params: URLSearchParams): DepositFilter {
  const day = (name: string) => {
    const value = params.get(name) ?? "";
    return isDay(value) ? value : "";
  };
  const status = STATUS_FILTERS.find((known) => known === params.get("status")) ?? "all";
  const [from, to] = [day("from"), day("to")];
  // A first day after the last one is a mistake in a typed address: the two are swapped.
  return from !== "" && to !== "" && from > to
    ? { status, from: to, to: from }
    : { status, from, to };
}

/**
 * The page's address for a filter: `/deposits?status=failed&from=2026-11-01`; `/deposits` without
 * one.
 */
export function toDepositsPath({ status, from, to }: DepositFilter): string {
  const params = new URLSearchParams();
  if (status !== "all") params.set("status", status);
  if (from !== "") params.set("from", from);
  if (to !== "") params.set("to", to);
  const query = params.toString();
  return query === "" ? "/deposits" : `/deposits?${query}`;
}

/** The API's query for a filter. The filter includes its last day; the API's end is exclusive. */
export function toApiQuery({ status, from, to }: DepositFilter): Record<string, string> {
  return {
    ...(status === "all" ? {} : { status: status.toUpperCase() }),
    ...(from === ""
      ? {}
      : { created_after: new Date(startOfDay(from).getTime() - 1).toISOString() }),
    ...(to === "" ? {} : { created_before: startOfDay(addDays(to, 1)).toISOString() }),
  };
}

export function isFiltered({ status, from, to }: DepositFilter): boolean {
  return status !== "all" || from !== "" || to !== "";
}
