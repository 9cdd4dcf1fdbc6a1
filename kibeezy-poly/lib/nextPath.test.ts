import { describe, expect, it } from "vitest";
import { parseNextPath, toLoginPath } from "@/lib/nextPath";

describe("the way back after logging in", () => {
  it.each(["/wallet", "/deposits/41", "/deposits?status=failed&from=2026-11-01"])(
    "leads to %s again",
    (path) => {
      const { searchParams } = new URL(toLoginPath(path, true), "http://127.0.0.1");
      expect(parseNextPath(searchParams.get("next"))).toBe(path);
      expect(searchParams.get("ended")).toBe("1");
    },
  );
});

describe("a path from outside", () => {
  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "/wallet#<script>", null])(
    "does not follow %s",
    (path) => {
      expect(parseNextPath(path)).toBe("/wallet");
    },
  );

  it("follows our own paths", () => {
    expect(parseNextPath("/wallet?deposit=1")).toBe("/wallet?deposit=1");
  });
});
