"use client";
/**
 * A part of a page whose code is loaded when it is shown: what few customers open, or what is at the
 * foot, is no part of the page's first load.
 */
import { type ReactNode, useEffect, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { reload } from "@/lib/reload";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props<Code extends object> = {
  /** Must be the same function at every render. */
  load: () => Promise<Code>;
  children: (code: Code) => ReactNode;
};

export function Later<Code extends object>({ load, children }: Props<Code>) {
  const text = useText(commonMessages);
  const [code, setCode] = useState<Code | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    load().then(setCode, () => {
      setFailed(true);
    });
  }, [load]);
  if (code !== null) return children(code);
  return failed ? (
    <>
      <p role="alert">{text("offlineBody")}</p>
      {/* The whole page: after a release its code on the server is another. */}
      <Button kind="secondary" onClick={reload} className="w-full">
        {text("tryAgain")}
      </Button>
    </>
  ) : (
    <div aria-hidden="true" className="skeleton h-24 w-full" />
  );
}
