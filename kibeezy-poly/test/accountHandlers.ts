/** The rest of the fake API: history, statement, identity, own limits, password and phone number. */
import { http, HttpResponse } from "msw";
import type { OpenSession, PhoneChange } from "@/features/account/api";
import type { TimelineEvent } from "@/features/history/api";
import type { Identity } from "@/features/identity/api";
import type { OwnLimits } from "@/features/limits/api";
import type { Closing, Consent } from "@/features/privacy/api";
import type { Entry } from "@/features/statement/api";

const NEW_IDENTITY: Identity = {
  kyc_status: "PENDING",
  tier: "basic",
  submission: null,
  may_submit: true,
};

const NO_LIMITS: OwnLimits = {
  daily_cap: null,
  weekly_cap: null,
  pending: null,
  paused_until: null,
  excluded_until: null,
};

const NO_WISH: Closing = { request: null, hindrances: [], keep_years: 7 };
const ACCEPTED: Consent = {
  version: "2026-12-01",
  accepted_version: "2026-12-01",
  accepted_at: "2026-12-01T09:00:00Z",
};

export const THIS_SESSION: OpenSession = {
  kind: "browser",
  browser: "Chrome",
  system: "Android",
  opened_at: "2026-11-25T08:00:00Z",
  expires_at: "2026-12-09T08:00:00Z",
  is_current: true,
};

export const account = {
  identity: NEW_IDENTITY,
  own: NO_LIMITS,
  closing: NO_WISH,
  consent: ACCEPTED,
  change: null as PhoneChange["change"],
  passwordSetByUsAt: null as string | null,
  sessions: [THIS_SESSION] as OpenSession[],
  entries: [] as Entry[],
  events: [] as TimelineEvent[],
  /** The bodies of writing requests, by path. */
  sent: [] as { path: string; body: unknown }[],
};

export function resetFakeAccount(): void {
  Object.assign(account, {
    identity: NEW_IDENTITY,
    own: NO_LIMITS,
    closing: NO_WISH,
    consent: ACCEPTED,
    change: null,
    passwordSetByUsAt: null,
    sessions: [THIS_SESSION],
    entries: [],
    events: [],
    sent: [],
  });
}

export function buildSubmission(
  changes: Partial<NonNullable<Identity["submission"]>> = {},
): NonNullable<Identity["submission"]> {
  return {
    status: "PENDING",
    full_name: "Wanjiku Otieno",
    id_number: "****5678",
    date_of_birth: "1990-12-31",
    submitted_at: "2026-11-25T09:00:00Z",
    decided_at: null,
    reason: null,
    ...changes,
  };
}

export function buildWish(
  changes: Partial<NonNullable<Closing["request"]>> = {},
): NonNullable<Closing["request"]> {
  return {
    status: "OPEN",
    asked_at: "2026-12-01T09:00:00Z",
    answer_by: "2026-12-08T09:00:00Z",
    answer: null,
    ...changes,
  };
}

export function buildEntry(changes: Partial<Entry> = {}): Entry {
  return {
    id: 1,
    entry_id: 1,
    description: "M-PESA deposit of KSH 500",
    amount: "500.00",
    transaction_id: 41,
    mpesa_receipt_number: "TKN4ABCDEF",
    created_at: "2026-11-25T09:00:00Z",
    ...changes,
  };
}

async function note(request: Request): Promise<Record<string, unknown>> {
  const body = (await request.json()) as Record<string, unknown>;
  account.sent.push({ path: new URL(request.url).pathname, body });
  return body;
}

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

const file = (type: string, name: string) =>
  new HttpResponse("content", {
    headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"` },
  });

export const accountHandlers = [
  http.get("*/api/payments/transactions/:id/timeline/", () =>
    HttpResponse.json({ events: account.events }),
  ),
  http.get("*/api/wallet/entries/", () =>
    HttpResponse.json({ next: null, previous: null, results: account.entries }),
  ),
  http.get("*/api/wallet/statement.csv", () => file("text/csv; charset=utf-8", "statement.csv")),
  http.get("*/api/wallet/statement.pdf", () => file("application/pdf", "statement.pdf")),
  http.get("*/api/kyc/", () => HttpResponse.json(account.identity)),
  http.post("*/api/kyc/", async ({ request }) => {
    const { full_name, date_of_birth } = (await note(request)) as Record<string, string>;
    account.identity = {
      ...account.identity,
      submission: buildSubmission({
        full_name: full_name ?? "",
        date_of_birth: date_of_birth ?? "",
      }),
      may_submit: false,
    };
    return HttpResponse.json(account.identity, { status: 201 });
  }),
  http.get("*/api/limits/", () => HttpResponse.json(account.own)),
  http.put("*/api/limits/", async ({ request }) => {
    const caps = (await note(request)) as Pick<OwnLimits, "daily_cap" | "weekly_cap">;
    const isRaised = (caps.daily_cap ?? Infinity) > (account.own.daily_cap ?? Infinity);
    account.own = isRaised
      ? { ...account.own, pending: { ...caps, effective_at: tomorrow() } }
      : { ...account.own, ...caps, pending: null };
    return HttpResponse.json(account.own);
  }),
  http.post("*/api/limits/pause/", async ({ request }) => {
    const { days } = (await note(request)) as { days: number };
    account.own = { ...account.own, paused_until: inDays(days) };
    return HttpResponse.json(account.own);
  }),
  http.post("*/api/limits/self-exclusion/", async ({ request }) => {
    const { months } = (await note(request)) as { months: number };
    account.own = { ...account.own, excluded_until: inDays(months * 31) };
    return HttpResponse.json(account.own);
  }),
  http.get("*/api/auth/password/", () =>
    HttpResponse.json({ set_by_us_at: account.passwordSetByUsAt }),
  ),
  http.post("*/api/auth/password/", async ({ request }) => {
    await note(request);
    account.passwordSetByUsAt = null;
    return new HttpResponse(null, { status: 204 });
  }),
  http.get("*/api/auth/sessions/", () => HttpResponse.json({ sessions: account.sessions })),
  http.post("*/api/auth/sessions/end-others/", ({ request }) => {
    account.sent.push({ path: new URL(request.url).pathname, body: null });
    account.sessions = account.sessions.filter(({ is_current }) => is_current);
    return new HttpResponse(null, { status: 204 });
  }),
  http.get("*/api/auth/privacy/notice/", () =>
    HttpResponse.json({ version: "2026-12-01", keep_years: 7, answer_days: 7, contact: "" }),
  ),
  http.get("*/api/auth/privacy/", () => HttpResponse.json(account.consent)),
  http.post("*/api/auth/privacy/", async ({ request }) => {
    await note(request);
    account.consent = ACCEPTED;
    return HttpResponse.json(account.consent);
  }),
  http.get("*/api/auth/closing/", () => HttpResponse.json(account.closing)),
  http.post("*/api/auth/closing/", async ({ request }) => {
    await note(request);
    account.closing = { ...account.closing, request: buildWish() };
    return HttpResponse.json(account.closing, { status: 201 });
  }),
  http.delete("*/api/auth/closing/", () => {
    account.closing = NO_WISH;
    return new HttpResponse(null, { status: 204 });
  }),
  http.post("*/api/auth/my-data/", async ({ request }) => {
    await note(request);
    return HttpResponse.json({ customer: 7 });
  }),
  http.get("*/api/auth/phone/", () => HttpResponse.json({ change: account.change })),
  http.post("*/api/auth/phone/", async ({ request }) => {
    await note(request);
    account.change = {
      new_phone_number: "254722456789",
      status: "PENDING",
      requested_at: "2026-11-25T09:00:00Z",
      decided_at: null,
      reason: null,
    };
    return HttpResponse.json({ change: account.change }, { status: 201 });
  }),
  http.delete("*/api/auth/phone/", () => {
    account.change = account.change && { ...account.change, status: "CANCELLED" };
    return new HttpResponse(null, { status: 204 });
  }),
];
