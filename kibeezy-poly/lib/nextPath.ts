/** Where to go after logging in: a path of ours only, never an address that someone put into a link. */
export function parseNextPath(value: string | null): string {
  return value !== null && /^\/(?![/\\])[\w/?=&-]*$/.test(value) ? value : "/wallet";
}

export const LOGIN_PATH = "/login";

/** The log-in page, which leads back to `path`; it says so when a session ended there. */
export function toLoginPath(path: string, sessionEnded: boolean): string {
  const next = encodeURIComponent(path).replaceAll("%2F", "/");
  return `${LOGIN_PATH}?next=${next}${sessionEnded ? "&ended=1" : ""}`;
}
