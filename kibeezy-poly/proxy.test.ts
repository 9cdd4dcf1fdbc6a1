import { NextRequest } from "next/server";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { config, proxy } from "./proxy";

function policyOf(): string {
  return (
    proxy(new NextRequest("http://127.0.0.1:3000/wallet")).headers.get("Content-Security-Policy") ??
    ""
  );
}

describe("proxy", () => {
  it("gives every response another nonce and allows no inline script", () => {
    const policies = [policyOf(), policyOf()];
    expect(policies[0]).toMatch(/script-src 'self' 'nonce-[0-9a-f]{32}' 'strict-dynamic';/);
    expect(policies[0]).not.toBe(policies[1]);
    expect(policies[0]).not.toContain("unsafe");
    expect(policies[0]).toContain("frame-ancestors 'self'");
  });

  it("allows the configured API and frame only", () => {
    vi.stubEnv("NEXT_PUBLIC_API_URL", "http://127.0.0.1:8000");
    vi.stubEnv("FRAME_ANCESTORS", "http://127.0.0.1:8100");
    const policy = policyOf();
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:8000;");
    expect(policy).toContain("frame-ancestors 'self' http://127.0.0.1:8100");
  });
});

describe("an address that cannot be read", () => {
  const ask = (path: string, headers: HeadersInit = {}) =>
    proxy(new NextRequest(`http://127.0.0.1:3000${path}`, { headers }));

  it.each(["/api/%ff/", "/api/%", "/api/a/%E0%A4%A"])("is answered 400 at %s", async (path) => {
    const answer = ask(path, { "Accept-Language": "sw" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      error: "Bad request",
      customer_message: "Hatukuweza kusoma ombi hilo. Tafadhali jaribu tena.",
      code: "bad_request",
      money: "not_moved",
    });
  });

  it.each(["/%ff", "/deposits/%ff", "/deposits/%", "/wallet/%E0%A4%A"])(
    "shows the page that is missing, with its policy, at %s",
    (path) => {
      const { headers } = ask(path);
      expect(headers.get("x-middleware-rewrite")).toMatch(/\/unreadable$/);
      expect(headers.get("Content-Security-Policy")).toContain("script-src 'self' 'nonce-");
    },
  );

  it.each(["/api/a%20b/", "/deposits/%C3%A9"])("is not %s", (path) => {
    expect(ask(path).headers.get("x-middleware-next")).toBe("1");
  });

  it.each(["/api/%ff/", "/api/a/%", "/api/%2F"])("is looked for at %s", (path) => {
    expect(config.matcher.some((each) => new RegExp(`^${each}$`).test(path))).toBe(true);
  });
});

describe("the paths with a policy", () => {
  const [matcher = ""] = config.matcher;
  const hasPolicy = (path: string) => new RegExp(`^${matcher}$`).test(path);
  const files = readdirSync(join(import.meta.dirname, "public")).map((name) => `/${name}`);

  it.each([
    "/",
    "/wallet",
    "/deposits/41",
    "/icon.svgx",
    "/iconxsvg",
    "/x.png",
    "/icon-192.pngx",
    "/deep/icon.svg",
    "/deep/icon-192.png",
    "/_next/imagex",
    "/_next/image",
    "/_next/data/x",
    "/_next/staticx",
    "/manifest.webmanifest/x",
    "/manifest.webmanifestx",
    "/apix",
    "/builds",
    "/build/x",
  ])("hold %s", (path) => {
    expect(hasPolicy(path)).toBe(true);
  });

  it.each([
    ...files,
    "/manifest.webmanifest",
    "/worker.js",
    "/_next/static/chunks/a.js",
    "/api/",
    "/api",
    "/api/payments/stk-push/",
    "/build",
  ])("do not hold %s, which is no page", (path) => {
    expect(config.matcher.some((each) => new RegExp(`^${each}$`).test(path))).toBe(false);
  });
});
