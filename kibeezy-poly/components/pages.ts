/** The pages of a signed-in customer, in the order of the navigation. */
export const PAGES = ["wallet", "deposits", "limits", "identity", "account"] as const;

export type PageName = (typeof PAGES)[number];

/**
 * The page of the navigation that a path belongs to (`/deposits/41`: deposits); null for any other
 * path.
 */
export function findPage(pathname: string): PageName | null {
  const [, first] = pathname.split("/");
  return PAGES.find((page) => page === first) ?? null;
}
