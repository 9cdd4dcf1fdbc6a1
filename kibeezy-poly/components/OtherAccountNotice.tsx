"use client";
import { useEffect, useState } from "react";
import { noticeMessages } from "@/components/noticeMessages";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Sentence } from "@/ui/Sentence";

/** Says that another account has logged in in another tab, and that this tab now shows it. */
export function OtherAccountNotice() {
  const text = useText(noticeMessages);
  const [closed, setClosed] = useState(false);
  useEffect(() => {
    // Without the mark in its address, a later reload of the page does not say it again.
    window.history.replaceState(null, "", window.location.pathname);
  }, []);
  if (closed) return null;
  return (
    <div className="mx-auto w-full max-w-5xl px-4 pb-3 sm:px-6">
      <Alert tone="wait" title={text("otherAccountTitle")} icon="account" assertive>
        <Sentence>{text("otherAccountBody")}</Sentence>
        <button
          type="button"
          className="block min-h-touch font-semibold underline underline-offset-4"
          onClick={() => {
            setClosed(true);
          }}
        >
          {text("close")}
        </button>
      </Alert>
    </div>
  );
}
