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
  /** Draws the text as a picture, to be shared with it; null where that is not possible. */
  picture?: () => Promise<File | null>;
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
  picture,
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

  async function share() {
    const plain = { text: content ?? "" };
    const file = await draw(picture);
    const both = { ...plain, files: file === null ? [] : [file] };
    const takesBoth = file !== null && "canShare" in navigator && navigator.canShare(both);
    // `share` also rejects when the customer closes the phone's share sheet; that is no error.
    await navigator.share(takesBoth ? both : plain).catch(() => undefined);
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
        <Button kind="secondary" disabled={waits} onClick={() => void share()}>
          {text("share")}
        </Button>
      ) : null}
      {printable && content !== null ? (
        <a
          href={`https://wa.me/?text=${encodeURIComponent(content)}`}
          target="_blank"
          rel="noreferrer"
          className="inline-flex min-h-touch items-center justify-center rounded-control bg-raised px-5 font-semibold hover:bg-line"
        >
          WhatsApp
        </a>
      ) : null}
      {printable && picture !== undefined ? (
        <Button
          kind="secondary"
          disabled={waits}
          onClick={() => void draw(picture).then((file) => file && save(file))}
        >
          {text("savePicture")}
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

/** The picture; null where it cannot be drawn: the text alone is shared then. */
async function draw(picture: Props["picture"]): Promise<File | null> {
  try {
    return (await picture?.()) ?? null;
  } catch {
    return null;
  }
}

function save(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  // Later, since some browsers read the file only after the click.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}
