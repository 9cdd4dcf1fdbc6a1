/** Whatever answers with a page, a missing one too, has the Content-Security-Policy. */
import { expect, test } from "@playwright/test";

for (const path of [
  "/login",
  "/nowhere",
  "/icon.svgx",
  "/x.png",
  "/_next/image",
  "/_next/imagex",
  "/_next/staticx",
  "/manifest.webmanifest/x",
  "/%ff",
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
