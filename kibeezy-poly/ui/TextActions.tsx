"use client";
import { type ReactNode, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  /** Null until it has come; the buttons keep their place. */
  text: string | null;
  copyLabel: string;
  printable?: boolean;
  /** Other ways, beside these. */
  children?: ReactNode;
};

/** Ways to take a text along: copy, share, print, whichever this phone can. */
export function TextActions({ text: content, copyLabel, printable = false, children }: Props) {
  const text = useText(commonMessages);
  const [copied, setCopied] = useState<boolean | null>(null);
  const waits = content === null;
  // Both need a secure address, and sharing also a phone.
  const canCopy = "clipboard" in navigator;
  const canShare = "share" in navigator;

  async function copy() {
    try {
      await navigator.clipboard.writeText(content ?? "");
      setCopied(true);
    } catch {
      setCopied(false);
    }
  }

  const label = copied === null ? copyLabel : text(copied ? "copied" : "copyFailed");
  return (
    <div className="flex flex-wrap gap-3 *:grow print:hidden">
      {canCopy ? (
        <Button kind="secondary" disabled={waits} onClick={() => void copy()}>
          {label}
        </Button>
      ) : null}
      {canShare ? (
        <Button
          kind="secondary"
          disabled={waits}
          // Closing the phone's own sheet is a refusal too, and nothing to tell.
          onClick={() => void navigator.share({ text: content ?? "" }).catch(() => undefined)}
        >
          {text("share")}
        </Button>
      ) : null}
      {printable ? (
        <Button
          kind="secondary"
          disabled={waits}
          onClick={() => {
            window.print();
          }}
        >
          {text("print")}
        </Button>
      ) : null}
      {children}
      {/* Beside the button, not in it: a live region there would hide its name. */}
      <span role="status" className="sr-only">
        {copied === null ? "" : label}
      </span>
    </div>
  );
}
