/** Whatever answers with a page, a missing one too, has the Content-Security-Policy. */
import { expect, test } from "@playwright/test";

for (const path of [
  "/login",
  "/forgot",
  "/nowhere",
  "/icon.svgx",
  "/x.png",
  "/_next/image",
  "/_next/imagex",
  "/_next/staticx",
  "/manifest.webmanifest/x",
  "/%ff",
  "/deposits/%ff",
])
  test(`${path} has a policy`, async ({ request }) => {
    const answer = await request.get(path);
    expect(answer.headers()["content-type"]).toContain("text/html");
    expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors 'self'");
  });

for (const path of ["/icon.svg", "/icon-192.png", "/manifest.webmanifest", "/_next/static/x.js"])
  test(`${path} is no page`, async ({ request }) => {
    const answer = await request.get(path);
    expect(answer.headers()["content-type"]).not.toContain("html");
  });

for (const path of [
  "/api/%ff/",
  "/api/%ff",
  "/deposits/%ff",
  "/deposits/%ff/",
  "/wallet/%",
  "/%ff",
])
  test(`${path} cannot be read, and is no fault of ours`, async ({ request }) => {
    const answer = await request.get(path);
    expect(answer.status()).toBe(path.startsWith("/api/") ? 400 : 404);
  });
