import { describe, expect, it, vi } from "vitest";
import {
  getApiOrigin,
  getFrameAncestors,
  getPublicApiOrigin,
  getSupportAddress,
  isBehindProxy,
} from "@/lib/env";

describe("env", () => {
  it("needs nothing", () => {
    vi.stubEnv("API_ORIGIN", "");
    vi.stubEnv("NEXT_PUBLIC_API_URL", "");
    expect(getApiOrigin()).toBe("http://127.0.0.1:8000");
    expect(getPublicApiOrigin()).toBe("");
    expect(getFrameAncestors()).toEqual([]);
  });

  it("takes the origin of an address", () => {
    vi.stubEnv("API_ORIGIN", "http://api:8000/");
    vi.stubEnv("NEXT_PUBLIC_API_URL", "https://api.example.test/base/");
    expect(getApiOrigin()).toBe("http://api:8000");
    expect(getPublicApiOrigin()).toBe("https://api.example.test");
  });

  it.each([
    ["", false],
    ["False", false],
    ["True", true],
    ["1", true],
  ])("is behind a proxy only if it is said: %j", (value, expected) => {
    vi.stubEnv("WEB_BEHIND_PROXY", value);
    expect(isBehindProxy()).toBe(expected);
  });

  it("lets only plain origins frame the page", () => {
    vi.stubEnv("FRAME_ANCESTORS", "http://127.0.0.1:8100 http://localhost:8100; script-src *");
    expect(getFrameAncestors()).toEqual(["http://127.0.0.1:8100"]);
  });

  it("shows only valid contact data, and none where none is set", () => {
    expect(getSupportAddress()).toEqual({ email: "", phone: "" });
    vi.stubEnv("NEXT_PUBLIC_SUPPORT_EMAIL", "help@example.com");
    vi.stubEnv("NEXT_PUBLIC_SUPPORT_PHONE", "+254 700 000 000");
    expect(getSupportAddress()).toEqual({ email: "help@example.com", phone: "+254700000000" });
    vi.stubEnv("NEXT_PUBLIC_SUPPORT_EMAIL", "help@example.com?bcc=x@evil.example");
    vi.stubEnv("NEXT_PUBLIC_SUPPORT_PHONE", "call us");
    expect(getSupportAddress()).toEqual({ email: "", phone: "" });
  });
});
