"use client";
import { useEffect, useState } from "react";
import { codeMessages } from "@/features/auth/codeMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** A new code ends the one before, so it is not offered while that is still on its way. */
const WAIT_MS = 30_000;

type Props = {
  /** Changes with each code that was sent. */
  handle: string;
  /** A code that has ended needs no waiting. */
  atOnce: boolean;
  busy: boolean;
  onSend: () => void;
};

export function SendAgain({ handle, atOnce, busy, onSend }: Props) {
  const text = useText(codeMessages);
  const [waited, setWaited] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      setWaited(handle);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [handle]);
  return atOnce || waited === handle ? (
    <Button kind="secondary" busy={busy} onClick={onSend} className="w-full">
      {text(busy ? "sendingCode" : "sendAgain")}
    </Button>
  ) : (
    <p className="text-ink-soft">{text("nothingYet")}</p>
  );
}
