"use client";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useSend } from "@/lib/useSend";

/** A form for signed-in customers: an ended session leads to log in, and back to the page. */
export function useSignedInForm() {
  const goToLogin = useGoToLogin();
  return useSend({
    onSignedOut: () => {
      goToLogin(true);
    },
  });
}
