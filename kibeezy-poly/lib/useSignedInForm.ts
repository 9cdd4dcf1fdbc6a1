"use client";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useSend } from "@/lib/useSend";

/** A form for signed-in customers: if the session has ended, leads to the log-in page and back. */
export function useSignedInForm() {
  const goToLogin = useGoToLogin();
  return useSend({
    onSignedOut: () => {
      goToLogin(true);
    },
  });
}
