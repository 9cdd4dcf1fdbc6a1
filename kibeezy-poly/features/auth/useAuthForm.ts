"use client";
/** Shared by log in and sign up: one request at a time, errors by field, then the page that was asked for. */
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { greet } from "@/features/auth/api";
import { toApiError } from "@/lib/errors";
import { type FieldErrors, useSend } from "@/lib/useSend";

export function useAuthForm(next: string) {
  const router = useRouter();
  const { busy, failure, errors, send } = useSend();
  const [leaving, setLeaving] = useState(false);

  useEffect(() => {
    // Only fetches the cookie and the environment early; the form's own request reports any error.
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
