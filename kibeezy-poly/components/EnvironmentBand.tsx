"use client";
import { useSyncExternalStore } from "react";
import { useText } from "@/hooks/useLanguage";
import { getEnvironment, subscribeToEnvironment } from "@/lib/environment";
import { commonMessages } from "@/lib/messages/common";

const getServerEnvironment = () => null;

/** Stamps every screen that is not production. Its height is kept free from the start, so nothing jumps. */
export function EnvironmentBand() {
  const text = useText(commonMessages);
  const environment = useSyncExternalStore(
    subscribeToEnvironment,
    getEnvironment,
    getServerEnvironment,
  );
  const stamped = environment === "mock" || environment === "sandbox";
  return (
    <div
      className={`flex min-h-8 items-center justify-center px-4 text-center text-[0.8125rem] leading-tight font-bold tracking-wide ${stamped ? "bg-stamp text-on-stamp" : ""}`}
    >
      {stamped ? (
        <p data-environment={environment}>
          {text(environment === "mock" ? "environmentMock" : "environmentSandbox")}
        </p>
      ) : null}
    </div>
  );
}
