/** Log in, sign up, recover a password and log out: one typed function per endpoint. */
import { switchAccount } from "@/lib/account";
import type { Me } from "@/lib/api";
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];

export type Credentials = { phone_number: string; password: string };

export function login(credentials: Credentials): Promise<Me> {
  return enter("/api/auth/login/", credentials);
}

export function signup(
  customer: Credentials & { full_name: string; privacy_version: string },
): Promise<Me> {
  return enter("/api/auth/signup/", customer);
}

/** Has a code sent by SMS. The answer is the same whether the number has an account or not. */
export function startRecovery(phone_number: string): Promise<Schemas["RecoveryStarted"]> {
  const body = { phone_number };
  return fetchWithAuth("/api/auth/recovery/", { method: "POST", body, anyAccount: true });
}

export function confirmRecovery(confirmation: Schemas["RecoveryConfirmRequest"]): Promise<Me> {
  return enter("/api/auth/recovery/confirm/", confirmation);
}

/** Opens a session, also where another account was signed in. */
async function enter(path: string, body: object): Promise<Me> {
  const me = await fetchWithAuth<Me>(path, { method: "POST", body, anyAccount: true });
  forgetCsrfToken();
  switchAccount(me.id);
  return me;
}

export async function logout(): Promise<void> {
  await fetchWithAuth<null>("/api/auth/logout/", { method: "POST" });
  forgetCsrfToken();
  switchAccount(null);
}

/** Makes the API set the CSRF cookie; fails when the API cannot be reached. */
export async function greet(): Promise<void> {
  await fetchWithAuth<{ csrf_token: string }>("/api/auth/csrf/");
}
