"use client";
import { useEffect } from "react";
import { Notice } from "@/components/Notice";
import { Button } from "@/components/ui/Button";
import { useText } from "@/hooks/useLanguage";
import { commonMessages } from "@/lib/messages/common";
import { tellPageError } from "@/lib/pageErrors";

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
