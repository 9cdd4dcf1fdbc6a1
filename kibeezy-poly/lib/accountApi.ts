/** Who the customer is and what they allow themselves: identity, limits, password, number. */
import { fetchWithAuth } from "@/lib/fetchWithAuth";

export type KycStatus = "PENDING" | "VERIFIED" | "REJECTED";

export type Identity = {
  kyc_status: KycStatus;
  tier: "basic" | "full";
  submission: {
    status: KycStatus;
    full_name: string;
    /** Masked. */
    id_number: string;
    date_of_birth: string;
    submitted_at: string;
    decided_at: string | null;
    /** Why it was refused, in the customer's language. */
    reason: string | null;
  } | null;
  may_submit: boolean;
};

export type IdentityForm = { full_name: string; id_number: string; date_of_birth: string };

export type Caps = { daily_cap: number | null; weekly_cap: number | null };

export type OwnLimits = Caps & {
  /** Raised caps wait a day. */
  pending: (Caps & { effective_at: string }) | null;
  paused_until: string | null;
  excluded_until: string | null;
};

export type PauseDays = 1 | 7 | 30;
export type ExclusionMonths = 6 | 12 | 60;

export type PhoneChange = {
  change: {
    /** Masked. */
    new_phone_number: string;
    status: "PENDING" | "APPROVED" | "REJECTED" | "CANCELLED";
    requested_at: string;
    decided_at: string | null;
    reason: string | null;
  } | null;
};

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

export function changePassword(current_password: string, new_password: string): Promise<null> {
  const body = { current_password, new_password };
  return fetchWithAuth("/api/auth/password/", { method: "POST", body });
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
