"use client";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { LOGIN_PATH, toLoginPath } from "@/lib/nextPath";

/** Leads to the log-in page, and from there back to the page that is open now. */
export function useGoToLogin(): (wasSignedIn: boolean) => void {
  const router = useRouter();
  return useCallback(
    (wasSignedIn) => {
      const { pathname, search } = window.location;
      // Several requests may find the session ended: the first has led there, and the way back is that one's.
      if (pathname === LOGIN_PATH) return;
      router.replace(toLoginPath(`${pathname}${search}`, wasSignedIn));
    },
    [router],
  );
}
