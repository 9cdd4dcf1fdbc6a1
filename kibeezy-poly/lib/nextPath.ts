/** Where to go after logging in: only a path of this site, never an address of another one. */
export function parseNextPath(value: string | null): string {
  return value !== null && /^\/(?![/\\])[\w/?=&-]*$/.test(value) ? value : "/wallet";
}

export const LOGIN_PATH = "/login";

/** The address of the log-in page that returns to `path`, with the hint that the session ended. */
export function toLoginPath(path: string, sessionEnded: boolean): string {
  const next = encodeURIComponent(path).replaceAll("%2F", "/");
  return `${LOGIN_PATH}?next=${next}${sessionEnded ? "&ended=1" : ""}`;
}
