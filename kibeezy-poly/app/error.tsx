"use client";
import { useEffect } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { loadNewBuild } from "@/lib/newBuild";
import { tellPageError } from "@/lib/pageErrors";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  const text = useText(commonMessages);
  useEffect(() => {
    tellPageError("render", error);
    // After a release the code of a page that was not open yet is gone.
    void loadNewBuild();
  }, [error]);
  return (
    <Notice title={text("brokenTitle")} body={text("brokenBody")}>
      <Button onClick={reset}>{text("tryAgain")}</Button>
    </Notice>
  );
}
