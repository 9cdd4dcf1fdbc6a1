import { beforeEach, describe, expect, it, vi } from "vitest";
import type { TransactionStatus } from "@/lib/api";

const USER = 7;
const NOW = 1_000_000;

/** Each import is a tab of its own, on the one storage of the device. */
async function openTab() {
  vi.resetModules();
  return import("@/features/deposit/turns");
}

describe("two tabs on one deposit", () => {
  let first: Awaited<ReturnType<typeof openTab>>;
  let second: Awaited<ReturnType<typeof openTab>>;

  beforeEach(async () => {
    first = await openTab();
    second = await openTab();
  });

  it("take turns: while one asks, the other waits", () => {
    expect(first.takeTurn(USER, 41, NOW)).toBe(0);
    expect(first.takeTurn(USER, 41, NOW + 1)).toBe(0);
    expect(second.takeTurn(USER, 41, NOW + 1000)).toBeGreaterThan(0);
  });

  it("keep the turn until the next question is overdue, as of a tab that was closed", () => {
    first.takeTurn(USER, 41, NOW);
    first.keepTurn(USER, 41, NOW + 5000);
    expect(second.takeTurn(USER, 41, NOW + 5000)).toBe(3000);
    expect(second.takeTurn(USER, 41, NOW + 8000)).toBe(0);
    expect(first.takeTurn(USER, 41, NOW + 8000)).toBeGreaterThan(0);
  });

  it("give up their own turn only", () => {
    first.takeTurn(USER, 41, NOW);
    second.giveTurnUp(USER);
    expect(second.takeTurn(USER, 41, NOW)).toBeGreaterThan(0);
    first.giveTurnUp(USER);
    expect(second.takeTurn(USER, 41, NOW)).toBe(0);
  });

  it("have nothing to do with another deposit or another customer", () => {
    first.takeTurn(USER, 41, NOW);
    expect(second.takeTurn(USER, 42, NOW)).toBe(0);
    expect(second.takeTurn(8, 41, NOW)).toBe(0);
  });

  it("pass on what they were answered", () => {
    const heard = vi.fn();
    const stop = second.watchStatus(USER, heard);
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
    first.tellStatus(USER, status);
    window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.news.7" }));
    expect(heard).toHaveBeenCalledExactlyOnceWith(status);
    stop();
  });

  it("ignore what somebody else has written there", () => {
    window.localStorage.setItem("kibeezy.turn.7", '{"tab":1}');
    expect(first.takeTurn(USER, 41, NOW)).toBe(0);
  });
});
