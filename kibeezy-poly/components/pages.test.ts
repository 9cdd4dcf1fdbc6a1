import { describe, expect, it } from "vitest";
import { findPage } from "@/components/pages";

describe("the pages", () => {
  it.each([
    ["/wallet/statement", "wallet"],
    ["/deposits/41", "deposits"],
    ["/deposit", "wallet"],
    ["/account", "account"],
    ["/limits", "account"],
    ["/identity", "account"],
    ["/login", null],
    ["/", null],
  ])("find the page of %s", (path, page) => {
    expect(findPage(path)).toBe(page);
  });
});
