"use client";
import { useSyncExternalStore } from "react";
import { type Environment, getEnvironment, subscribeToEnvironment } from "@/lib/environment";

const getServerEnvironment = () => null;

/** What the API says it is; null until it has said. */
export function useEnvironmentName(): Environment | null {
  return useSyncExternalStore(subscribeToEnvironment, getEnvironment, getServerEnvironment);
}

/** The environment to stamp on the screen; null in production and until the API has said. */
export function useEnvironment(): Exclude<Environment, "production"> | null {
  const environment = useEnvironmentName();
  return environment === "production" ? null : environment;
}
