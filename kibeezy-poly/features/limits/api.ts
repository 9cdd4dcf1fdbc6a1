/** Endpoints of the deposit limits and of the customer's own limits: one typed function each. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Limits = Schemas["Limits"];
export type OwnLimits = Schemas["OwnLimits"];
export type Caps = Schemas["CapsRequest"];
export type PauseDays = Schemas["PauseRequest"]["days"];
export type ExclusionMonths = Schemas["MonthsEnum"];

export function getLimits(): Promise<Limits> {
  return fetchWithAuth("/api/payments/limits/");
}

export function getOwnLimits(): Promise<OwnLimits> {
  return fetchWithAuth("/api/limits/");
}

export function setCaps(caps: Caps): Promise<OwnLimits> {
  return fetchWithAuth("/api/limits/", { method: "PUT", body: caps });
}

/** Pauses deposits; more than a day needs the password, null sends none. */
export function pause(days: PauseDays, password: string | null): Promise<OwnLimits> {
  const body = password === null ? { days } : { days, password };
  return fetchWithAuth("/api/limits/pause/", { method: "POST", body });
}

export function excludeSelf(months: ExclusionMonths, password: string): Promise<OwnLimits> {
  const body = { months, password };
  return fetchWithAuth("/api/limits/self-exclusion/", { method: "POST", body });
}
