import type { NextConfig } from "next";
import { brotliHeaders, brotliRewrites, layBrotliCopies } from "./scripts/brotli";

const isBuilt = process.env.NODE_ENV === "production";

const pageHeaders = [
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  {
    key: "Permissions-Policy",
    value: "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
  },
];

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // `make types` checks the types, those of tests too; a second check would only slow the build.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
  // Django's addresses end in a slash. Next's redirect to an address without one would lose the
  // body of a POST.
  skipTrailingSlashRedirect: true,
  // Rendered pages are cached in memory only, because the container's files are read-only.
  experimental: { isrFlushToDisk: false },
  // The page resizes no images, so the optional native image library is not needed.
  images: { unoptimized: true },
  devIndicators: false,
  allowedDevOrigins: ["127.0.0.1", "localhost"],
  // Next compresses with gzip only. Brotli makes scripts and styles a seventh smaller, which saves
  // half a second on a slow network.
  compiler: { runAfterProductionCompile: ({ distDir }) => layBrotliCopies(distDir) },
  rewrites: () => Promise.resolve({ beforeFiles: isBuilt ? brotliRewrites : [] }),
  headers: () =>
    Promise.resolve([
      { source: "/:path*", headers: [{ key: "X-Content-Type-Options", value: "nosniff" }] },
      // These headers matter on pages only; on scripts they would cost bytes on a slow network.
      { source: "/((?!_next/static/).*)", headers: pageHeaders },
      ...(isBuilt ? brotliHeaders : []),
    ]),
};

export default config;
