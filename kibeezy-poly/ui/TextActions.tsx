"use client";
import { type ReactNode, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  /** Null while it loads; the buttons are already there. */
  text: string | null;
  copyLabel: string;
  printable?: boolean;
  /** Further buttons. */
  children?: ReactNode;
};

/** Copy, share and print a text, as far as the phone supports them. */
export function TextActions({ text: content, copyLabel, printable = false, children }: Props) {
  const text = useText(commonMessages);
  const [copied, setCopied] = useState<boolean | null>(null);
  const waits = content === null;
  // Both need https, and sharing is mostly on phones.
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
          // Closing the phone's share sheet rejects too; that is no error.
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
      {/* Beside the button: a live region inside it would replace its name. */}
      <span role="status" className="sr-only">
        {copied === null ? "" : label}
      </span>
    </div>
  );
}
