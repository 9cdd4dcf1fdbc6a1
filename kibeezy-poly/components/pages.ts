/** The pages of a customer who is signed in, in the order of the navigation. */
export const PAGES = ["wallet", "deposits", "limits", "identity", "account"] as const;

export type PageName = (typeof PAGES)[number];

/** The page that an address belongs to: `/deposits/41` to the deposits; null outside. */
export function findPage(pathname: string): PageName | null {
  const [, first] = pathname.split("/");
  return PAGES.find((page) => page === first) ?? null;
}
