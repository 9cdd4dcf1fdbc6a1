/**
 * Forms that the browser sends itself, before our code has come or without scripts: each becomes
 * the API's JSON request, and ends in a redirect. For the server only.
 */
import { randomUUID } from "node:crypto";
import { ACCOUNT_HEADER } from "@/lib/account";
import { type ApiAnswer, askApi, type Visitor } from "@/lib/askApi";
import { commonMessages } from "@/lib/commonMessages";
import { type ApiError, parseApiError } from "@/lib/errors";
import { LANGUAGE_COOKIE, type Language, parseLanguage } from "@/lib/language";
import { readShillings } from "@/lib/money";
import { LOGIN_PATH, parseNextPath, toLoginPath } from "@/lib/nextPath";
import { parsePhone } from "@/lib/phone";
import {
  ANSWER_COOKIE,
  ANSWER_PARAMETER,
  type PlainAnswer,
  writePlainAnswer,
} from "@/lib/plainAnswer";
import { plainMessages } from "@/lib/plainMessages";

export type FormName = "login" | "signup" | "logout" | "deposit";

type Fields = (name: string) => string;

type Form = {
  path: string;
  /** The body for the API. */
  body: (fields: Fields) => object;
  headers?: (fields: Fields) => Record<string, string>;
  /** Where a success leads; null if the answer cannot be read. */
  next: (fields: Fields, answer: ApiAnswer) => string | null;
  /** Where a failure leads, with its answer. */
  back: (fields: Fields) => string;
  /** Fields that are filled in again after a failure. */
  kept: readonly string[];
  timeoutMs: number;
};

/** No longer than the sheet waits for a push (features/deposit/api.ts). */
const PUSH_TIMEOUT_MS = 30_000;
const TIMEOUT_MS = 15_000;
const MAX_FORM_BYTES = 8 * 1024;

const phone = (fields: Fields) => parsePhone(fields("phone_number")) ?? fields("phone_number");

const FORMS: Record<FormName, Form> = {
  login: {
    path: "/api/auth/login/",
    body: (fields) => ({ phone_number: phone(fields), password: fields("password") }),
    next: (fields) => parseNextPath(fields("next")),
    back: (fields) => toLoginPath(parseNextPath(fields("next")), false),
    kept: ["phone_number"],
    timeoutMs: TIMEOUT_MS,
  },
  signup: {
    path: "/api/auth/signup/",
    body: (fields) => ({
      full_name: fields("full_name").trim(),
      phone_number: phone(fields),
      password: fields("password"),
      privacy_version: fields("privacy_version"),
    }),
    next: () => "/wallet",
    back: () => "/signup",
    kept: ["full_name", "phone_number"],
    timeoutMs: TIMEOUT_MS,
  },
  logout: {
    path: "/api/auth/logout/",
    body: () => ({}),
    next: () => LOGIN_PATH,
    back: () => "/account",
    kept: [],
    timeoutMs: TIMEOUT_MS,
  },
  deposit: {
    path: "/api/payments/stk-push/",
    body: (fields) => ({ amount: toAmount(fields("amount")) }),
    // The form's own key: sent twice, or again after a lost answer, it is one prompt.
    headers: (fields) => ({
      "idempotency-key": fields("key"),
      ...(fields("account") === "" ? {} : { [ACCOUNT_HEADER]: fields("account") }),
    }),
    next: (_, { body }) => {
      const id = (body as { transaction_id?: unknown } | null)?.transaction_id;
      return typeof id === "number" ? toDeposit(id) : null;
    },
    back: () => "/deposit",
    kept: ["amount"],
    timeoutMs: PUSH_TIMEOUT_MS,
  },
};

export function isFormName(name: string): name is FormName {
  return Object.hasOwn(FORMS, name);
}

/** Answers one form. Nothing is sent to the API for a form that another site may have sent. */
export async function answerForm(name: FormName, request: Request): Promise<Response> {
  if (!isOwnPage(request)) return new Response(null, { status: 403 });
  const fields = await readFields(request);
  if (fields === null) return new Response(null, { status: 400 });
  const form = FORMS[name];
  const language = languageOf(request);
  const csrf = await openSession(request.headers, language);
  const sent: Sent = { name, fields, request, language, cookies: csrf?.cookies ?? [] };
  // Nothing was sent yet: what the form asks for did not happen.
  if (csrf === null) return fail(sent, say("notSent", language));
  const answer = await askApi(form.path, csrf.visitor, {
    method: "POST",
    body: form.body(fields),
    headers: { "accept-language": language, "x-csrftoken": csrf.token, ...form.headers?.(fields) },
    timeoutMs: form.timeoutMs,
  }).catch(() => null);
  if (answer === null) return failUnknown(sent);
  return conclude({ ...sent, cookies: [...sent.cookies, ...answer.header("Set-Cookie")] }, answer);
}

type Sent = {
  name: FormName;
  fields: Fields;
  request: Request;
  language: Language;
  /** Set-Cookie headers of the API, for the visitor. */
  cookies: string[];
};

function conclude(sent: Sent, answer: ApiAnswer): Response {
  const { name, fields, language, cookies } = sent;
  const form = FORMS[name];
  const next = answer.status < 300 ? form.next(fields, answer) : null;
  if (next !== null) return redirect(next, cookies);
  const error = parseApiError(answer.status, answer.body, answer.header("Retry-After")[0] ?? null);
  if (!error.isFromApi) return failUnknown(sent);
  const elsewhere = leadElsewhere(sent, error);
  if (elsewhere !== null) return redirect(elsewhere, cookies);
  const errors = Object.fromEntries(
    Object.entries(error.fields).map(([field, messages]) => [field, messages[0] ?? null]),
  );
  const failure = error.customerMessage ?? commonMessages.serviceDownBody[language];
  // An error that stands beside its field is not repeated above the form.
  const said = Object.values(errors).includes(failure) ? null : failure;
  // With another amount the key is used up; else what is sent again must be the same request.
  const isOpen = error.money === "unknown" && error.code !== "idempotency_key_reused";
  return fail(sent, { failure: said, errors }, isOpen);
}

/** Where an error leads that is not for the form itself; null for all others. */
function leadElsewhere({ name, fields }: Sent, error: ApiError): string | null {
  const isSignedOut = error.status === 401;
  if (name === "logout") return isSignedOut ? LOGIN_PATH : null;
  if (name !== "deposit") return null;
  // The deposit exists: its page says what became of it.
  if (error.transactionId !== null) return toDeposit(error.transactionId);
  return isSignedOut ? toLoginPath(FORMS.deposit.back(fields), true) : null;
}

type Failure = Pick<PlainAnswer, "failure" | "errors">;

function say(message: keyof typeof plainMessages, language: Language): Failure {
  return { failure: plainMessages[message][language], errors: {} };
}

/** No answer of the API's came: a deposit may have been asked for. */
function failUnknown(sent: Sent): Response {
  const message = sent.name === "deposit" ? "depositUnknown" : "unknown";
  return fail(sent, say(message, sent.language), true);
}

/**
 * Leads back to the form. `isOpen`: money may move for what was sent, so the form keeps its key, and
 * sending it again sends no second prompt.
 */
function fail(sent: Sent, { failure, errors }: Failure, isOpen = false): Response {
  const { name, fields, request, cookies } = sent;
  const form = FORMS[name];
  const id = randomUUID();
  const kept = isOpen && name === "deposit" ? [...form.kept, "key"] : form.kept;
  const typed = Object.fromEntries(kept.map((field) => [field, fields(field)]));
  const value = writePlainAnswer(id, { failure, errors, typed });
  const secure = request.headers.get("origin")?.startsWith("https:") === true ? "; Secure" : "";
  const cookie = `${ANSWER_COOKIE}=${value}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict${secure}`;
  const back = form.back(fields);
  const named = `${back}${back.includes("?") ? "&" : "?"}${ANSWER_PARAMETER}=${id}`;
  return redirect(named, [...cookies, cookie]);
}

function redirect(path: string, cookies: string[]): Response {
  // A relative address: the server does not know its own name behind a proxy.
  const headers = new Headers({ Location: path, "Cache-Control": "no-store" });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(null, { status: 303, headers });
}

function toDeposit(id: number): string {
  return `/deposits/${String(id)}`;
}

/** What is not an amount goes to the API as it was typed, which says what is wrong. */
function toAmount(typed: string): number | string {
  const shillings = readShillings(typed);
  return shillings === null || shillings === "" ? typed : Number(shillings);
}

/**
 * Whether one of our own pages sent the form. A browser says so in `Origin`; where it also sends
 * `Sec-Fetch-Site`, both must agree. Without either nothing is believed.
 */
function isOwnPage({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const origin = headers.get("origin");
  const host = headers.get("host");
  if (origin === null || host === null || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}

async function readFields(request: Request): Promise<Fields | null> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded") || request.body === null) return null;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_FORM_BYTES) return null;
    parts.push(part);
  }
  const fields = new URLSearchParams(Buffer.concat(parts).toString("utf8"));
  return (name) => fields.get(name) ?? "";
}

function languageOf({ headers }: Request): Language {
  return parseLanguage(readCookie(headers.get("cookie") ?? "", LANGUAGE_COOKIE));
}

function readCookie(cookies: string, name: string): string | undefined {
  return new RegExp(`(?:^|;\\s*)${name}=([^;]+)`).exec(cookies)?.[1];
}

type Session = { token: string; visitor: Visitor; cookies: string[] };

/** Fetches a CSRF token for the visitor's session, with its cookie; null if the API is away. */
async function openSession(headers: Headers, language: Language): Promise<Session | null> {
  const answer = await askApi("/api/auth/csrf/", headers, {
    headers: { "accept-language": language },
    timeoutMs: TIMEOUT_MS,
  }).catch(() => null);
  const token = (answer?.body as { csrf_token?: unknown } | null | undefined)?.csrf_token;
  if (answer?.status !== 200 || typeof token !== "string") return null;
  const cookies = answer.header("Set-Cookie");
  const sent = headers.get("cookie") ?? "";
  // A new CSRF cookie stands in the place of the one that the visitor may have.
  const made = cookies.map((cookie) => cookie.split(";")[0] ?? "");
  const names = made.map((cookie) => `${cookie.split("=")[0] ?? ""}=`);
  const old = sent.split(/;\s*/).filter((one) => !names.some((name) => one.startsWith(name)));
  const cookie = [...old, ...made].filter((one) => one !== "").join("; ");
  return {
    token,
    cookies,
    visitor: { get: (name) => (name === "cookie" ? cookie : headers.get(name)) },
  };
}
