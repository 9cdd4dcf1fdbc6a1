/** Log in, sign up and log out: one typed function per endpoint. */
import { switchAccount } from "@/lib/account";
import type { Me } from "@/lib/api";
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";

export type Credentials = { phone_number: string; password: string };

export function login(credentials: Credentials): Promise<Me> {
  return enter("/api/auth/login/", credentials);
}

export function signup(
  customer: Credentials & { full_name: string; privacy_version: string },
): Promise<Me> {
  return enter("/api/auth/signup/", customer);
}

/** Opens a session, also where another account was signed in. */
async function enter(path: string, body: Credentials): Promise<Me> {
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
