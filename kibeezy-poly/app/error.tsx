"use client";
import { Notice } from "@/components/Notice";
import { Button } from "@/components/ui/Button";
import { useText } from "@/hooks/useLanguage";
import { commonMessages } from "@/lib/messages/common";

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  const text = useText(commonMessages);
  return (
    <Notice title={text("brokenTitle")} body={text("brokenBody")}>
      <Button onClick={reset}>{text("tryAgain")}</Button>
    </Notice>
  );
}
