"use client";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { toLoginPath } from "@/lib/nextPath";

/** Leads to the log-in page, and from there back to the page that is open now. */
export function useGoToLogin(): (wasSignedIn: boolean) => void {
  const router = useRouter();
  return useCallback(
    (wasSignedIn) => {
      const { pathname, search } = window.location;
      router.replace(toLoginPath(`${pathname}${search}`, wasSignedIn));
    },
    [router],
  );
}
