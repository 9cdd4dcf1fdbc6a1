import { describe, expect, it } from "vitest";
import { findPage } from "@/components/pages";

describe("the pages", () => {
  it.each([
    ["/wallet/statement", "wallet"],
    ["/deposits/41", "deposits"],
    ["/account", "account"],
    ["/login", null],
    ["/", null],
  ])("know where %s belongs", (path, page) => {
    expect(findPage(path)).toBe(page);
  });
});
