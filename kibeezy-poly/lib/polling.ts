/** How long to wait before the next poll: the server's `next_poll_after`, else our own backoff. */

const SERIES_S = [2, 3, 5, 5, 8, 10];
const STOP_AFTER_MS = 10 * 60_000;

type Wait = {
  /** The server's `next_poll_after`; null when the last request failed. */
  serverSeconds: number | null;
  /** Failed requests in a row. */
  failures: number;
  /** 0 to 1: spreads the requests of many phones. */
  jitter: number;
};

export function getWaitMs({ serverSeconds, failures, jitter }: Wait): number {
  if (serverSeconds !== null)
    return Math.round(Math.max(0.5, serverSeconds) * 1000 * (1 + jitter * 0.1));
  const seconds = SERIES_S[Math.min(failures, SERIES_S.length - 1)] ?? 10;
  return Math.round(seconds * 1000 * (1 + jitter * 0.25));
}

/** After ten minutes automatic polling stops; returning to the page, or a tap, still asks. */
export function isTooLong(startedMs: number, nowMs: number): boolean {
  return nowMs - startedMs > STOP_AFTER_MS;
}
