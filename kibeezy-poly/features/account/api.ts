/** Endpoints of the account page: password, sessions and phone number; one typed function per endpoint. */
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type PhoneChange = Schemas["PhoneChangeAnswer"];

/**
 * Changes the password. This session continues under a new key; the customer's other sessions end.
 */
export async function changePassword(current_password: string, new_password: string) {
  const body = { current_password, new_password };
  await fetchWithAuth<null>("/api/auth/password/", { method: "POST", body });
  forgetCsrfToken();
}

export type PasswordStatus = Schemas["PasswordStatus"];

export function getPasswordStatus(): Promise<PasswordStatus> {
  return fetchWithAuth("/api/auth/password/");
}

export type OpenSession = Schemas["OpenSession"];

export function getSessions(): Promise<Schemas["OpenSessions"]> {
  return fetchWithAuth("/api/auth/sessions/");
}

/** Ends every other session and all tokens. This session continues under a new key. */
export async function endOtherSessions(): Promise<void> {
  await fetchWithAuth<null>("/api/auth/sessions/end-others/", { method: "POST" });
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
