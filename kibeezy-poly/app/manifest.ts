import type { MetadataRoute } from "next";

export default function manifest(): MetadataRoute.Manifest {
  return {
    id: "/wallet",
    name: "Kibeezy",
    short_name: "Kibeezy",
    description: "Deposit with M-PESA and see every shilling of it.",
    start_url: "/wallet",
    display: "standalone",
    background_color: "#f3f5f2",
    theme_color: "#0a6847",
    scope: "/",
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
      // Android crops the maskable icon to its own shape.
      { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  };
}
