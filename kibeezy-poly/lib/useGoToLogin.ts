"use client";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { LOGIN_PATH, toLoginPath } from "@/lib/nextPath";

/** Opens the log-in page; after logging in the customer returns to the present page. */
export function useGoToLogin(): (wasSignedIn: boolean) => void {
  const router = useRouter();
  return useCallback(
    (wasSignedIn) => {
      const { pathname, search } = window.location;
      // Several requests may find at once that the session has ended. After the first the log-in
      // page is open, and it must not become the page to return to.
      if (pathname === LOGIN_PATH) return;
      router.replace(toLoginPath(`${pathname}${search}`, wasSignedIn));
    },
    [router],
  );
}
