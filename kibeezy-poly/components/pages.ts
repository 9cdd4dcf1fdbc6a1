/** The pages of a signed-in customer: three in the navigation, and those that lead from them. */
export const PAGES = ["wallet", "deposits", "account"] as const;

export type PageName = (typeof PAGES)[number];

/** Pages without a place of their own in the navigation, and the one that leads to them. */
const UNDER: Record<string, PageName> = {
  deposit: "wallet",
  limits: "account",
  identity: "account",
};

/**
 * The page of the navigation that a path belongs to (`/deposits/41`: deposits, `/limits`: account);
 * null for any other path.
 */
export function findPage(pathname: string): PageName | null {
  const first = pathname.split("/")[1] ?? "";
  return PAGES.find((page) => page === first) ?? UNDER[first] ?? null;
}
