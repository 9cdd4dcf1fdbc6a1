/**
 * Texts that a customer types or pastes. `docs/spellings.json` lists how phone numbers and amounts
 * may be written; the tests of page and API read the same list.
 */

/** Marks that stay unseen when a text is copied: of direction, of joining, of width zero. */
const INVISIBLE = /\p{Cf}/gu;
const BLANK = /[\p{Z}\t]+/gu;

/** The text without invisible marks, each blank an ordinary space, and none at the ends. */
export function plainText(text: string): string {
  return text.replace(INVISIBLE, "").replace(BLANK, " ").replace(/^ | $/g, "");
}
