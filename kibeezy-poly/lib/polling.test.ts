import { describe, expect, it } from "vitest";
import { getWaitMs, isTooLong } from "@/lib/polling";

describe("polling", () => {
  it("follows the server, with jitter", () => {
    expect(getWaitMs({ serverSeconds: 7, failures: 3, jitter: 0 })).toBe(7000);
    expect(getWaitMs({ serverSeconds: 7, failures: 3, jitter: 1 })).toBe(7700);
  });

  it.each([
    [0, 2000],
    [1, 3000],
    [4, 8000],
    [99, 10000],
  ])("waits longer after %i failures", (failures, waitMs) => {
    expect(getWaitMs({ serverSeconds: null, failures, jitter: 0 })).toBe(waitMs);
    expect(getWaitMs({ serverSeconds: null, failures, jitter: 1 })).toBe(waitMs * 1.25);
  });

  it("stops automatically after ten minutes", () => {
    expect(isTooLong(0, 599_000)).toBe(false);
    expect(isTooLong(0, 601_000)).toBe(true);
  });
});
