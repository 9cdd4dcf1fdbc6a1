/** Endpoints of the identity check: one typed function each. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

type Schemas = components["schemas"];
export type Identity = Schemas["Kyc"];
export type KycStatus = Identity["kyc_status"];
export type IdentityForm = Schemas["SubmissionRequest"];

export function getIdentity(): Promise<Identity> {
  return fetchWithAuth("/api/kyc/");
}

export function submitIdentity(form: IdentityForm): Promise<Identity> {
  return fetchWithAuth("/api/kyc/", { method: "POST", body: form });
}
