/** Who the customer is and what they allow themselves: identity, limits, password, number. */
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Identity = Schemas["Kyc"];
export type KycStatus = Identity["kyc_status"];
export type IdentityForm = Schemas["SubmissionRequest"];
export type PhoneChange = Schemas["PhoneChangeAnswer"];
export type OwnLimits = Schemas["OwnLimits"];
export type Caps = Schemas["CapsRequest"];
export type PauseDays = Schemas["PauseRequest"]["days"];
export type ExclusionMonths = Schemas["MonthsEnum"];

export function getIdentity(): Promise<Identity> {
  return fetchWithAuth("/api/kyc/");
}

export function submitIdentity(form: IdentityForm): Promise<Identity> {
  return fetchWithAuth("/api/kyc/", { method: "POST", body: form });
}

export function getOwnLimits(): Promise<OwnLimits> {
  return fetchWithAuth("/api/limits/");
}

export function setCaps(caps: Caps): Promise<OwnLimits> {
  return fetchWithAuth("/api/limits/", { method: "PUT", body: caps });
}

export function pause(days: PauseDays): Promise<OwnLimits> {
  return fetchWithAuth("/api/limits/pause/", { method: "POST", body: { days } });
}

export function excludeSelf(months: ExclusionMonths, password: string): Promise<OwnLimits> {
  const body = { months, password };
  return fetchWithAuth("/api/limits/self-exclusion/", { method: "POST", body });
}

/** Keeps this session, under a new key; every other one ends. */
export async function changePassword(current_password: string, new_password: string) {
  const body = { current_password, new_password };
  await fetchWithAuth<null>("/api/auth/password/", { method: "POST", body });
  forgetCsrfToken();
}

export function getPhoneChange(): Promise<PhoneChange> {
  return fetchWithAuth("/api/auth/phone/");
}

export function requestPhoneChange(
  new_phone_number: string,
  password: string,
): Promise<PhoneChange> {
  const body = { new_phone_number, password };
  return fetchWithAuth("/api/auth/phone/", { method: "POST", body });
}

export function withdrawPhoneChange(): Promise<null> {
  return fetchWithAuth("/api/auth/phone/", { method: "DELETE" });
}
