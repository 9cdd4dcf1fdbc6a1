"use client";
import { useEffect } from "react";
import { greet } from "@/features/auth/api";
import { toApiError } from "@/lib/errors";

/**
 * Fetches the CSRF cookie and the environment early. A failure is ignored, since submitting the form
 * reports the same failure.
 */
export function useGreeting(): void {
  useEffect(() => {
    greet().catch(toApiError);
  }, []);
}
