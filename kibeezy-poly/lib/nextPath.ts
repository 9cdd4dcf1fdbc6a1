/** Where to go after logging in: a path of ours only, never an address that someone put into a link. */
export function parseNextPath(value: string | null): string {
  return value !== null && /^\/(?![/\\])[\w/?=&-]*$/.test(value) ? value : "/wallet";
}
