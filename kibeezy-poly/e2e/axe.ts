/**
 * Runs axe-core in the page and reads only the violations: the other parts of its report would
 * double the time.
 */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

type Which = { tags?: string[]; rules?: string[] };

/**
 * Lists each violation with its elements. Checks all rules, or those with one of `tags`, or those
 * named in `rules`.
 */
export async function findViolations(page: Page, { tags, rules }: Which = {}): Promise<string[]> {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
  if (tags) axe.withTags(tags);
  if (rules) axe.withRules(rules);
  // Legacy mode runs in the page itself. The other mode opens a second page per check, to cover
  // frames of other sites; this page has no frames.
  const { violations } = await axe.setLegacyMode().analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}
