"use client";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { LOGIN_PATH, toLoginPath } from "@/lib/nextPath";

/** Opens the log-in page, which returns to the present page. */
export function useGoToLogin(): (wasSignedIn: boolean) => void {
  const router = useRouter();
  return useCallback(
    (wasSignedIn) => {
      const { pathname, search } = window.location;
      // Several requests may find that the session has ended; only the first may set the way back.
      if (pathname === LOGIN_PATH) return;
      router.replace(toLoginPath(`${pathname}${search}`, wasSignedIn));
    },
    [router],
  );
}
