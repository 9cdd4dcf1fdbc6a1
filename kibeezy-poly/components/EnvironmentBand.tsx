"use client";
import { commonMessages } from "@/lib/commonMessages";
import { useEnvironment } from "@/lib/useEnvironment";
import { useText } from "@/lib/useLanguage";

/** Names the environment above a page or the sheet, except in production. */
export function EnvironmentStamp() {
  const text = useText(commonMessages);
  const environment = useEnvironment();
  if (environment === null) return null;
  return (
    <p
      data-environment={environment}
      className="flex min-h-8 items-center justify-center bg-stamp px-4 text-center text-[0.8125rem] leading-tight font-bold tracking-wide text-on-stamp"
    >
      {text(environment === "mock" ? "environmentMock" : "environmentSandbox")}
    </p>
  );
}

/** The environment above every page. Its height is reserved from the start, so that nothing moves. */
export function EnvironmentBand() {
  const text = useText(commonMessages);
  return (
    <aside aria-label={text("environment")} className="min-h-8">
      <EnvironmentStamp />
    </aside>
  );
}
