"use client";
/**
 * Submits a form: one request at a time, errors beside their fields, one sentence above the form
 * for other errors.
 */
import { useState } from "react";
import { type ApiError, toApiError } from "@/lib/errors";
import { useFailureText } from "@/lib/useFailureText";

export type FieldErrors = Record<string, string | null>;

type Options = {
  /**
   * Called when the session has ended (401). Without it a 401 is shown like any other error, which
   * the log-in form needs.
   */
  onSignedOut?: () => void;
  /** What became of this form when the browser sent it without our code. */
  first?: { failure: string | null; errors: FieldErrors } | null;
};

export function useSend({ onSignedOut, first = null }: Options = {}) {
  const describe = useFailureText();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(first?.failure ?? null);
  const [errors, setErrors] = useState<FieldErrors>(first?.errors ?? {});

  function showFailure(error: ApiError) {
    if (error.status === 401 && onSignedOut !== undefined) {
      onSignedOut();
      return;
    }
    const found = firstByField(error);
    const sentence = error.customerMessage ?? describe(error).body;
    setErrors(found);
    // An error that is shown beside its field is not repeated above the form.
    setFailure(Object.values(found).includes(sentence) ? null : sentence);
  }

  /** Sends the request, unless another one is under way or `found` holds an error of a field. */
  async function send<T>(
    found: FieldErrors,
    request: () => Promise<T>,
    onDone: (answer: T) => void,
  ): Promise<void> {
    if (busy) return;
    setErrors(found);
    setFailure(null);
    if (Object.values(found).some((message) => message !== null)) return;
    setBusy(true);
    try {
      onDone(await request());
    } catch (thrown) {
      showFailure(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  return { busy, failure, errors, send };
}

function firstByField(error: ApiError): FieldErrors {
  return Object.fromEntries(
    Object.entries(error.fields).map(([name, messages]) => [name, messages[0] ?? null]),
  );
}
