/**
 * The account that this page shows. The tabs of a browser share one session: when another customer
 * logs in in one tab, nothing sent from the others may act on the new account. So every request
 * names the account shown, the API refuses it if the session is another's, and the page starts
 * afresh.
 */
import { ApiError } from "@/lib/errors";
import { startAfresh } from "@/lib/startAfresh";
import { readStored, watchStored, writeStored } from "@/lib/storage";

/** The header of requests and answers that names the account by its user id. */
export const ACCOUNT_HEADER = "X-Account";

/** The API's error code for a request that was meant for another account. */
const SESSION_CHANGED = "session_changed";

const KEY = "kibeezy.account";

let shown: string | null = null;

/** The user id; null until the first answer to a session. */
export function getShownAccount(): string | null {
  return shown;
}

/** Notes who has logged in in this tab (null: logged out), and tells the other tabs at once. */
export function switchAccount(id: number | null): void {
  shown = id === null ? null : String(id);
  // The time makes each value a new one: an equal value would not be announced.
  writeStored(KEY, { id: shown, at: Date.now() });
}

/**
 * Compares the account that an answer names with the one shown; `asked` is the one that was shown
 * when the request was sent.
 *
 * @throws ApiError if the answer is another account's; then the page starts afresh.
 */
export function checkAccount(named: string | null, asked: string | null): void {
  // A late answer to a request of the previous account is ignored.
  if (named === null || asked !== shown) return;
  shown ??= named;
  if (named !== shown) throw noteSessionChanged(new ApiError(409, SESSION_CHANGED));
}

/** Starts the page afresh if this error says that the session is another account's. */
export function noteSessionChanged(error: ApiError): ApiError {
  if (error.code === SESSION_CHANGED) startAfresh();
  return error;
}

/** Starts the page afresh when another tab logs another account in; calls back after a log-out. */
export function watchAccount(onLogout: () => void): () => void {
  return watchStored(KEY, () => {
    const { id } = (readStored(KEY) ?? {}) as { id?: unknown };
    if (id === null) onLogout();
    else if (shown !== null && typeof id === "string" && id !== shown) startAfresh();
  });
}
