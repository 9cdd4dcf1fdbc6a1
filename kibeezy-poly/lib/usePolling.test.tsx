import { renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { noteServerTime, serverNow } from "@/lib/time";
import { ApiError } from "@/lib/errors";
import { readPollError, usePolling } from "@/lib/usePolling";

const MINUTE_MS = 60_000;

function shiftServer(ms: number): void {
  noteServerTime(new Date(Date.now() + ms).toUTCString());
}

afterEach(() => {
  shiftServer(0);
});

/** True when automatic polling has stopped after the first request. */
async function restsAfter(startedMs: number): Promise<boolean> {
  const onStop = vi.fn();
  const ask = vi.fn(() => Promise.resolve(60));
  const { unmount } = renderHook(() => usePolling({ subject: 1, startedMs, ask, onStop }));
  await vi.waitFor(() => {
    expect(ask).toHaveBeenCalledOnce();
  });
  // By then the effects of the answer have run.
  await new Promise((resolve) => setTimeout(resolve, 0));
  unmount();
  return onStop.mock.calls.length > 0;
}

describe("how long a page polls", () => {
  it("does not stop at once on a phone whose clock is fast", async () => {
    shiftServer(-11 * MINUTE_MS);
    expect(await restsAfter(serverNow())).toBe(false);
  });

  it("stops after ten minutes on a phone whose clock is slow", async () => {
    shiftServer(11 * MINUTE_MS);
    expect(await restsAfter(Date.now())).toBe(true);
  });
});

describe("an error of a poll", () => {
  it.each([
    [new ApiError(0, "aborted"), null],
    [new ApiError(401, "not_authenticated"), "signedOut"],
    [new ApiError(404, "not_found"), "gone"],
    // A proxy's, during a deployment: nothing is said about the deposit.
    [new ApiError(404, "http_404"), "failed"],
    [new ApiError(429, "rate_limited", { retryAfter: 7 }), 7],
    [new ApiError(503, "unavailable"), "failed"],
    [new ApiError(0, "offline"), "failed"],
  ])("of %s means %s, on every page that polls", (error, result) => {
    expect(readPollError(error)).toBe(result);
  });
});
