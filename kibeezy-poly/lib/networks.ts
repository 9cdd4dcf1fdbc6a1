/**
 * Which network a Kenyan number was first given by. It is a hint: a number keeps its digits when
 * its owner moves to another network, so nothing is refused because of it.
 *
 * The beginnings are those of the Communications Authority's numbering plan; a new one is added
 * here. Unlisted ones count as M-PESA's.
 */
const OTHERS = {
  Airtel: /^254(?:10|73|75[0-6]|762|78)/,
  Telkom: /^25477/,
  Equitel: /^25476[3-6]/,
  Faiba: /^254747/,
} as const;

/** The network, other than Safaricom, whose number this looks like; null where none does. */
export function findOtherNetwork(phone: string): string | null {
  const found = Object.entries(OTHERS).find(([, beginning]) => beginning.test(phone));
  return found?.[0] ?? null;
}
