"use client";
import { useSyncExternalStore } from "react";
import { type Environment, getEnvironment, subscribeToEnvironment } from "@/lib/environment";

const getServerEnvironment = () => null;

/** Null until the first response. */
export function useEnvironmentName(): Environment | null {
  return useSyncExternalStore(subscribeToEnvironment, getEnvironment, getServerEnvironment);
}

/** The environment to show; null in production and until the first response. */
export function useEnvironment(): Exclude<Environment, "production"> | null {
  const environment = useEnvironmentName();
  return environment === "production" ? null : environment;
}
