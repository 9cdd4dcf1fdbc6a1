/**
 * The path to open after logging in; always a path of this site, so that a forged link cannot lead
 * to another site.
 */
export function parseNextPath(value: string | null): string {
  return value !== null && /^\/(?![/\\])[\w/?=&-]*$/.test(value) ? value : "/wallet";
}

export const LOGIN_PATH = "/login";

/**
 * The address of the log-in page that leads back to `path`; `sessionEnded` makes it say that the
 * session ended.
 */
export function toLoginPath(path: string, sessionEnded: boolean): string {
  const next = encodeURIComponent(path).replaceAll("%2F", "/");
  return `${LOGIN_PATH}?next=${next}${sessionEnded ? "&ended=1" : ""}`;
}
