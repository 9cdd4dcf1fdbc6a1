"use client";
import { commonMessages } from "@/lib/commonMessages";
import { useEnvironment } from "@/lib/useEnvironment";
import { useText } from "@/lib/useLanguage";

/** Shows the name of the environment (mock, sandbox), except in production. */
export function EnvironmentStamp() {
  const text = useText(commonMessages);
  const environment = useEnvironment();
  if (environment === null) return null;
  return (
    <p data-environment={environment} className="stamp">
      <span>{text(environment === "mock" ? "environmentMock" : "environmentSandbox")}</span>
    </p>
  );
}

/**
 * The environment's name above every page. Its height is reserved before the name is known, so that
 * the page does not shift.
 */
export function EnvironmentBand() {
  const text = useText(commonMessages);
  return (
    <aside aria-label={text("environment")} className="min-h-6">
      <EnvironmentStamp />
    </aside>
  );
}
