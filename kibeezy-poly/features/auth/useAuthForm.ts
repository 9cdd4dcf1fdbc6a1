"use client";
/**
 * Submits the log-in and sign-up forms: one request at a time, errors by field; then opens the page
 * `next`.
 */
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { greet } from "@/features/auth/api";
import { toApiError } from "@/lib/errors";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { type FieldErrors, useSend } from "@/lib/useSend";

export function useAuthForm(next: string, first: PlainAnswer | null) {
  const router = useRouter();
  const { busy, failure, errors, send } = useSend({ first });
  const [leaving, setLeaving] = useState(false);

  useEffect(() => {
    // Fetches the CSRF cookie and the environment early. Its failure is ignored, since submitting
    // the form reports the same failure.
    greet().catch(toApiError);
  }, []);

  async function submit(found: FieldErrors, request: () => Promise<unknown>): Promise<void> {
    if (leaving) return;
    await send(found, request, () => {
      setLeaving(true);
      router.replace(next);
    });
  }

  return { busy: busy || leaving, failure, errors, submit };
}
