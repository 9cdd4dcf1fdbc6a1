/** axe-core, asked for violations alone, in the page itself: the rest of its report costs twice the time. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

type Which = { tags?: string[]; rules?: string[] };

/** Each violation with the elements that it is about; of all rules, of those with a tag, or of the named ones. */
export async function findViolations(page: Page, { tags, rules }: Which = {}): Promise<string[]> {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
  if (tags) axe.withTags(tags);
  if (rules) axe.withRules(rules);
  // Its other mode opens a second page for each look, for frames of other sites: we have none.
  const { violations } = await axe.setLegacyMode().analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}
