/**
 * A link that names an amount: `/wallet?deposit=500`. It opens the review of that amount and sends
 * nothing: who follows a link of others still has to tap, and to enter the PIN.
 */

const NAME = "deposit";
/** Whole shillings; the API knows the limits. */
const AMOUNT = /^[1-9]\d{0,5}$/;

/**
 * The amount in the address, which is taken out of it, so that a reload or Back does not open the
 * review again; null without one.
 */
export function takeLinkedAmount(): number | null {
  const { pathname, search, hash } = window.location;
  const query = new URLSearchParams(search);
  const text = query.get(NAME);
  if (pathname !== "/wallet" || text === null) return null;
  query.delete(NAME);
  const rest = query.toString() === "" ? "" : `?${query.toString()}`;
  window.history.replaceState(window.history.state, "", `${pathname}${rest}${hash}`);
  return AMOUNT.test(text) ? Number(text) : null;
}
