"use client";
/**
 * A part of a page whose code is loaded when it is shown: what few customers open is no part of the
 * page's first load.
 */
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { loadNewBuild } from "@/lib/newBuild";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props<Code extends object> = {
  load: () => Promise<Code>;
  children: (code: Code) => ReactNode;
};

export function Later<Code extends object>({ load, children }: Props<Code>) {
  const text = useText(commonMessages);
  const [code, setCode] = useState<Code | null>(null);
  const [failed, setFailed] = useState(false);
  const get = useEffectEvent(() => {
    setFailed(false);
    load().then(setCode, async () => {
      if (!(await loadNewBuild())) setFailed(true);
    });
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    get();
  }, [round]);
  if (code !== null) return children(code);
  return failed ? (
    <>
      <p role="alert">{text("offlineBody")}</p>
      <Button
        kind="secondary"
        onClick={() => {
          setRound(round + 1);
        }}
        className="w-full"
      >
        {text("tryAgain")}
      </Button>
    </>
  ) : (
    <div aria-hidden="true" className="skeleton h-24 w-full" />
  );
}
