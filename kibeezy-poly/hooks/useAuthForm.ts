"use client";
/** What logging in and signing up share: one request at a time, errors by field, then on to the page asked for. */
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useFailureText } from "@/hooks/useFailureText";
import { greet } from "@/lib/api";
import { toApiError } from "@/lib/errors";

type FieldErrors = Record<string, string | null>;

export function useAuthForm(next: string) {
  const router = useRouter();
  const describe = useFailureText();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [errors, setErrors] = useState<FieldErrors>({});

  useEffect(() => {
    // It only warms up cookie and environment stamp; the form's own request reports any fault.
    greet().catch(toApiError);
  }, []);

  async function submit(found: FieldErrors, send: () => Promise<unknown>): Promise<void> {
    setErrors(found);
    setFailure(null);
    if (busy || Object.values(found).some((message) => message !== null)) return;
    setBusy(true);
    try {
      await send();
      router.replace(next);
    } catch (thrown) {
      const error = toApiError(thrown);
      const byField = Object.entries(error.fields).map(([name, messages]) => [
        name,
        messages[0] ?? null,
      ]);
      setErrors(Object.fromEntries(byField) as FieldErrors);
      setFailure(error.customerMessage ?? describe(error).body);
      setBusy(false);
    }
  }

  return { busy, failure, errors, submit };
}
