"use client";
/**
 * Submits the log-in form: one request at a time, errors by field; then opens the page
 * `next`.
 */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useGreeting } from "@/features/auth/useGreeting";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { type FieldErrors, useSend } from "@/lib/useSend";

export function useAuthForm(next: string, first: PlainAnswer | null) {
  const router = useRouter();
  const { busy, failure, errors, send } = useSend({ first });
  const [leaving, setLeaving] = useState(false);

  useGreeting();

  async function submit(found: FieldErrors, request: () => Promise<unknown>): Promise<void> {
    if (leaving) return;
    await send(found, request, () => {
      setLeaving(true);
      router.replace(next);
    });
  }

  return { busy: busy || leaving, failure, errors, submit };
}
