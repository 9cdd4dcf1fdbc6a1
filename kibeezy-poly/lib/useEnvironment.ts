"use client";
import { useSyncExternalStore } from "react";
import { type Environment, getEnvironment, subscribeToEnvironment } from "@/lib/environment";

const getServerEnvironment = () => null;

/** The environment's name; null until the API's first response. */
export function useEnvironmentName(): Environment | null {
  return useSyncExternalStore(subscribeToEnvironment, getEnvironment, getServerEnvironment);
}

/** The environment to show; null in production and until the API's first response. */
export function useEnvironment(): Exclude<Environment, "production"> | null {
  const environment = useEnvironmentName();
  return environment === "production" ? null : environment;
}
