"use client";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useSend } from "@/lib/useSend";

/** A form of a page inside: a session that ended leads to log in, and back to the page. */
export function useSignedInForm() {
  const goToLogin = useGoToLogin();
  return useSend({
    onSignedOut: () => {
      goToLogin(true);
    },
  });
}
