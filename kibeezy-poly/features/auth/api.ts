/** Log in, sign up and log out: one typed function per endpoint. */
import type { Me } from "@/lib/api";
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";

export type Credentials = { phone_number: string; password: string };

export async function login(credentials: Credentials): Promise<Me> {
  const me = await fetchWithAuth<Me>("/api/auth/login/", { method: "POST", body: credentials });
  forgetCsrfToken();
  return me;
}

export async function signup(customer: Credentials & { full_name: string }): Promise<Me> {
  const me = await fetchWithAuth<Me>("/api/auth/signup/", { method: "POST", body: customer });
  forgetCsrfToken();
  return me;
}

export async function logout(): Promise<void> {
  await fetchWithAuth<null>("/api/auth/logout/", { method: "POST" });
  forgetCsrfToken();
}

/** Makes the API set the CSRF cookie; fails when the API cannot be reached. */
export async function greet(): Promise<void> {
  await fetchWithAuth<{ csrf_token: string }>("/api/auth/csrf/");
}
