"use client";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";

export function SkipLink() {
  const text = useText(commonMessages);
  return (
    <a
      href="#content"
      className="sr-only rounded-control bg-surface px-4 py-3 font-semibold focus:not-sr-only focus:absolute focus:z-10 focus:m-2"
    >
      {text("skip")}
    </a>
  );
}
