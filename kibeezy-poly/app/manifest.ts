import type { MetadataRoute } from "next";

export default function manifest(): MetadataRoute.Manifest {
  return {
    name: "Kibeezy",
    short_name: "Kibeezy",
    description: "Deposit with M-Pesa and see every shilling of it.",
    start_url: "/wallet",
    display: "standalone",
    background_color: "#f3f5f2",
    theme_color: "#0a6847",
    icons: [{ src: "/icon.svg", sizes: "any", type: "image/svg+xml" }],
  };
}
