/**
 * Decides how long to wait before the next poll: the server's `next_poll_after`, else our own
 * increasing wait.
 */

const SERIES_S = [2, 3, 5, 5, 8, 10];
const STOP_AFTER_MS = 10 * 60_000;

type Wait = {
  /** The server's `next_poll_after`; null when the last request failed. */
  serverSeconds: number | null;
  /** The number of failed requests in a row, not counting the first. */
  failures: number;
  /** A random number from 0 to 1, so that many phones do not poll at the same moment. */
  jitter: number;
};

export function getWaitMs({ serverSeconds, failures, jitter }: Wait): number {
  if (serverSeconds !== null)
    return Math.round(Math.max(0.5, serverSeconds) * 1000 * (1 + jitter * 0.1));
  const seconds = SERIES_S[Math.min(failures, SERIES_S.length - 1)] ?? 10;
  return Math.round(seconds * 1000 * (1 + jitter * 0.25));
}

/**
 * True after ten minutes, when automatic polling stops. Returning to the page or a tap still sends
 * a request.
 */
export function isTooLong(startedMs: number, nowMs: number): boolean {
  return nowMs - startedMs > STOP_AFTER_MS;
}
