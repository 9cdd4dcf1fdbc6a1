/** Endpoints of privacy: the notice, consent, the customer's data, and closing the account. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Notice = Schemas["Notice"];
export type Consent = Schemas["Consent"];
export type Closing = Schemas["Closing"];

/** The API reads every table while the request waits. */
const DATA_TIMEOUT_MS = 60_000;

export function getNotice(): Promise<Notice> {
  return fetchWithAuth("/api/auth/privacy/notice/");
}

export function getConsent(): Promise<Consent> {
  return fetchWithAuth("/api/auth/privacy/");
}

export function acceptNotice(version: string): Promise<Consent> {
  return fetchWithAuth("/api/auth/privacy/", { method: "POST", body: { version } });
}

export function getClosing(): Promise<Closing> {
  return fetchWithAuth("/api/auth/closing/");
}

export function askToClose(current_password: string): Promise<Closing> {
  return fetchWithAuth("/api/auth/closing/", { method: "POST", body: { current_password } });
}

export function withdrawClosing(): Promise<null> {
  return fetchWithAuth("/api/auth/closing/", { method: "DELETE" });
}

/** Everything that is held about the customer. */
export function getMyData(current_password: string): Promise<Record<string, unknown>> {
  return fetchWithAuth("/api/auth/my-data/", {
    method: "POST",
    body: { current_password },
    timeoutMs: DATA_TIMEOUT_MS,
  });
}
