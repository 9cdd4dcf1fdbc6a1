"use client";
import { commonMessages } from "@/lib/commonMessages";
import type { ApiError } from "@/lib/errors";
import { useText } from "@/lib/useLanguage";

export type FailureText = { title: string; body: string };

/** Gives the texts for a failed request: the API's sentence if it sent one, else ours. */
export function useFailureText(): (error: ApiError) => FailureText {
  const text = useText(commonMessages);
  return (error) => {
    if (error.code === "offline") return { title: text("offlineTitle"), body: text("offlineBody") };
    if (error.code === "timeout") return { title: text("offlineTitle"), body: text("slowBody") };
    const title = text("serviceDownTitle");
    const ownWords =
      error.status < 500 || error.code.startsWith("mpesa_") ? error.customerMessage : null;
    return { title, body: ownWords ?? text("serviceDownBody") };
  };
}
