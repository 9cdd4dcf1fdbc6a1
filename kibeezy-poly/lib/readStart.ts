/**
 * Reads balance, first deposits, limits and paybill for the first paint, on the page's server and
 * with the visitor's own cookies.
 */
import { ACCOUNT_HEADER } from "@/lib/account";
import { type ApiAnswer, askApi, type Visitor } from "@/lib/askApi";
import type { Language } from "@/lib/language";
import type { Start, StartDeposit } from "@/lib/start";

/** An API that is slower leaves the reading to the browser, which waits longer and says so. */
const TIMEOUT_MS = 4000;

/** The page's first bytes wait for it. */
const DEPOSIT_TIMEOUT_MS = 1500;

const PATHS = [
  "/api/auth/me/",
  "/api/wallet/",
  "/api/payments/transactions/",
  "/api/payments/limits/",
  "/api/payments/paybill/",
];

const SESSION = /(?:^|;\s*)sessionid=[^;]/;

/** Whether the visitor has a session's cookie; whether that session still lives, only the API knows. */
export function hasSession(visitor: Visitor): boolean {
  return SESSION.test(visitor.get("cookie") ?? "");
}

/** The start; "signed out" if there is no session; null if the API gave no full answer in time. */
export async function readStart(
  visitor: Visitor,
  language: Language,
): Promise<Start | "signed out" | null> {
  if (!hasSession(visitor)) return "signed out";
  const ask = (path: string) =>
    askApi(path, visitor, {
      timeoutMs: TIMEOUT_MS,
      headers: { "accept-language": language },
    }).catch(() => null);
  const [me, wallet, page, limits, paybill] = await Promise.all(PATHS.map(ask));
  if ([me, wallet, page].some((answer) => answer?.status === 401)) return "signed out";
  const account = me === null || me === undefined ? "" : nameAccount(me);
  // Between two of the reads another customer may have signed in with the same browser.
  const isOurs = (answer: ApiAnswer | null | undefined): answer is ApiAnswer =>
    isRead(answer) && answer.header(ACCOUNT_HEADER)[0] === account;
  if (!isOurs(me) || !isOurs(wallet) || !isOurs(page)) return null;
  return {
    me: me.body as Start["me"],
    wallet: wallet.body as Start["wallet"],
    page: page.body as Start["page"],
    limits: isOurs(limits) ? (limits.body as Start["limits"]) : null,
    paybill: isOurs(paybill) ? (paybill.body as Start["paybill"]) : whereNone(paybill),
    ...readHeaders(wallet),
    readAt: Date.now(),
  };
}

function readHeaders({ header }: ApiAnswer): Pick<Start, "environment" | "date"> {
  return { environment: header("X-Environment")[0] ?? null, date: header("Date")[0] ?? null };
}

function isRead(answer: ApiAnswer | null | undefined): answer is ApiAnswer {
  return answer?.status === 200 && typeof answer.body === "object" && answer.body !== null;
}

/** Null if the API says that it takes no payments by hand; undefined if it said nothing. */
function whereNone(answer: ApiAnswer | null | undefined): null | undefined {
  return answer?.status === 404 ? null : undefined;
}

/** The account that the answer about the customer is of; empty where it is not certain. */
function nameAccount({ header, body }: ApiAnswer): string {
  const [named = ""] = header(ACCOUNT_HEADER);
  return named === String((body as { id?: unknown } | null)?.id) ? named : "";
}

/**
 * One deposit with its timeline, for the first paint of its page; null if the API gave no full
 * answer in time. `account` is whose it is.
 */
export async function readDeposit(
  id: number,
  visitor: Visitor,
  language: Language,
): Promise<StartDeposit | null> {
  if (!hasSession(visitor)) return null;
  const path = `/api/payments/transactions/${String(id)}/`;
  const ask = (asked: string) =>
    askApi(asked, visitor, {
      timeoutMs: DEPOSIT_TIMEOUT_MS,
      headers: { "accept-language": language },
    }).catch(() => null);
  const [deposit, timeline] = await Promise.all([ask(path), ask(`${path}timeline/`)]);
  if (!isRead(deposit) || !isRead(timeline)) return null;
  const [account = ""] = deposit.header(ACCOUNT_HEADER);
  if (account === "" || timeline.header(ACCOUNT_HEADER)[0] !== account) return null;
  return {
    account: Number(account),
    deposit: deposit.body as StartDeposit["deposit"],
    events: (timeline.body as { events: StartDeposit["events"] }).events,
  };
}
