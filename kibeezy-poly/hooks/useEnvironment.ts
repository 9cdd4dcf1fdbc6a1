"use client";
import { useSyncExternalStore } from "react";
import { type Environment, getEnvironment, subscribeToEnvironment } from "@/lib/environment";

const getServerEnvironment = () => null;

/** The environment to stamp on the screen; null in production and until the API has said. */
export function useEnvironment(): Exclude<Environment, "production"> | null {
  const environment = useSyncExternalStore(
    subscribeToEnvironment,
    getEnvironment,
    getServerEnvironment,
  );
  return environment === "production" ? null : environment;
}
