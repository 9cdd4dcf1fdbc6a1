"use client";
import { paybillMessages } from "@/features/paybill/views/messages";
import type { ApiError } from "@/lib/errors";
import { useFailureText } from "@/lib/useFailureText";
import { useText } from "@/lib/useLanguage";

/** Errors of a claim that have a sentence of ours, where the API sent none. */
const NAMED = {
  invalid_code: "claimError_invalid_code",
  rate_limited: "claimError_rate_limited",
  not_found: "claimError_not_found",
} as const;

/** Gives the sentence for a claim that failed: the API's if it sent one, else ours. */
export function useClaimError(): (error: ApiError) => string {
  const text = useText(paybillMessages);
  const describe = useFailureText();
  return (error) => {
    // The API's own 404 says only that there is no such address.
    if (error.code === "not_found") return text(NAMED.not_found);
    const name = Object.hasOwn(NAMED, error.code) ? NAMED[error.code as keyof typeof NAMED] : null;
    return name === null ? describe(error).body : (error.customerMessage ?? text(name));
  };
}
