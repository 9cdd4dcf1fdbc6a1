import { beforeEach, describe, expect, it, vi } from "vitest";
import type { TransactionStatus } from "@/lib/api";

const USER = 7;
const NOW = 1_000_000;

/** Each import is a separate tab, on the same storage. */
async function openTab() {
  vi.resetModules();
  return import("@/features/deposit/tabs");
}

describe("two tabs on one deposit", () => {
  let first: Awaited<ReturnType<typeof openTab>>;
  let second: Awaited<ReturnType<typeof openTab>>;

  beforeEach(async () => {
    first = await openTab();
    second = await openTab();
  });

  it("share a lease: while one polls, the other waits", () => {
    expect(first.acquireLease(USER, 41, NOW)).toBe(0);
    expect(first.acquireLease(USER, 41, NOW + 1)).toBe(0);
    expect(second.acquireLease(USER, 41, NOW + 1000)).toBeGreaterThan(0);
  });

  it("pass the lease on once the next request is overdue, as after a tab was closed", () => {
    first.acquireLease(USER, 41, NOW);
    first.extendLease(USER, 41, NOW + 5000);
    expect(second.acquireLease(USER, 41, NOW + 5000)).toBe(3000);
    expect(second.acquireLease(USER, 41, NOW + 8000)).toBe(0);
    expect(first.acquireLease(USER, 41, NOW + 8000)).toBeGreaterThan(0);
  });

  it("release their own lease only", () => {
    first.acquireLease(USER, 41, NOW);
    second.releaseLease(USER);
    expect(second.acquireLease(USER, 41, NOW)).toBeGreaterThan(0);
    first.releaseLease(USER);
    expect(second.acquireLease(USER, 41, NOW)).toBe(0);
  });

  it("do not wait for the lease of another deposit or another customer", () => {
    first.acquireLease(USER, 41, NOW);
    expect(second.acquireLease(USER, 42, NOW)).toBe(0);
    expect(second.acquireLease(8, 41, NOW)).toBe(0);
  });

  it("share the answers that they get", () => {
    const answered = vi.fn();
    const stop = second.watchSharedStatus(USER, answered);
    const status: TransactionStatus = {
      id: 41,
      status: "COMPLETED",
      result_code: "0",
      customer_message: "In your wallet.",
      next_poll_after: null,
      retry_after: null,
      prompt_expires_at: null,
      money: "moved",
    };
    first.shareStatus(USER, status);
    window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.news.7" }));
    expect(answered).toHaveBeenCalledExactlyOnceWith(status);
    stop();
  });

  it("ignore a malformed lease", () => {
    window.localStorage.setItem("kibeezy.turn.7", '{"tab":1}');
    expect(first.acquireLease(USER, 41, NOW)).toBe(0);
  });
});
