"use client";
import { useEffect } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { tellPageError } from "@/lib/pageErrors";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  const text = useText(commonMessages);
  useEffect(() => {
    tellPageError("render", error);
  }, [error]);
  return (
    <Notice title={text("brokenTitle")} body={text("brokenBody")}>
      <Button onClick={reset}>{text("tryAgain")}</Button>
    </Notice>
  );
}
