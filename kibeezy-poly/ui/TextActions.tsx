"use client";
import { type ReactNode, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Props = {
  /** The text; null while it loads, when the buttons are already shown. */
  text: string | null;
  copyLabel: string;
  printable?: boolean;
  /** True at the foot of the sheet, which has space for one of these: the phone's own share. */
  isFoot?: boolean;
  /** Further buttons, after these. */
  children?: ReactNode;
};

/** Buttons to copy, share and print a text, as far as the browser supports it. */
export function TextActions({
  text: content,
  copyLabel,
  printable = false,
  isFoot = false,
  children,
}: Props) {
  const text = useText(commonMessages);
  const [copied, setCopied] = useState<boolean | null>(null);
  const waits = content === null;
  // Browsers offer both over https only, and sharing mostly on phones.
  const canShare = "share" in navigator;
  const canCopy = "clipboard" in navigator && !(isFoot && canShare);

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
    <div className={isFoot ? "actions" : "flex flex-wrap gap-3 *:grow print:hidden"}>
      {canCopy ? (
        <Button kind="secondary" disabled={waits} onClick={() => void copy()}>
          {label}
        </Button>
      ) : null}
      {canShare ? (
        <Button
          kind="secondary"
          disabled={waits}
          // `share` also rejects when the customer closes the phone's share sheet; that is no
          // error.
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
      {/* Announces the copy beside the button: a live region inside the button would replace the
          button's name. */}
      <span role="status" className="sr-only">
        {copied === null ? "" : label}
      </span>
    </div>
  );
}
