/** Log in, sign up, recover a password and log out: one typed function per endpoint. */
import { switchAccount } from "@/lib/account";
import type { Me } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];

export type Credentials = { phone_number: string; password: string };

export function login(credentials: Credentials): Promise<Me> {
  return enter("/api/auth/login/", credentials);
}

export function signup(customer: Schemas["SignUpRequest"]): Promise<Me> {
  return enter("/api/auth/signup/", customer);
}

/**
 * Has a code sent that proves the number; null where the API sends none, and signs up without.
 */
export async function startProof(phone_number: string): Promise<string | null> {
  const body = { phone_number };
  try {
    const answer = await fetchWithAuth<Schemas["ProofStarted"]>("/api/auth/signup/code/", {
      method: "POST",
      body,
      anyAccount: true,
    });
    return answer.proof;
  } catch (thrown) {
    const { code } = toApiError(thrown);
    if (code === "not_found" || code === "sms_unavailable") return null;
    throw thrown;
  }
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
