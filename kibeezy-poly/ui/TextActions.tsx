"use client";
import { type ReactNode, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { useHydrated } from "@/lib/useHydrated";
import { useText } from "@/lib/useLanguage";
import { actionMessages } from "@/ui/actionMessages";
import { Button } from "@/ui/Button";

type DrawPicture = () => Promise<File | null>;

export type TextActionsProps = {
  /** The text; null while it loads, when the buttons are already shown. */
  text: string | null;
  copyLabel: string;
  printable?: boolean;
  /** Draws the text as a picture, to be shared with it; null where that is not possible. */
  picture?: DrawPicture;
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
}: TextActionsProps) {
  const offers = useOffers();
  return (
    <div className={isFoot ? "actions" : "flex flex-wrap gap-3 *:grow print:hidden"}>
      {offers.copy && !(isFoot && offers.share) ? (
        <CopyButton text={content} label={copyLabel} />
      ) : null}
      {offers.share ? <ShareButton text={content} picture={picture} /> : null}
      {printable ? <PaperActions text={content} picture={picture} /> : null}
      {children}
    </div>
  );
}

/** What the browser can do: copying and sharing over https only, sharing mostly on phones. */
function useOffers(): { copy: boolean; share: boolean } {
  // The page's server does not know it.
  const known = useHydrated();
  return { copy: known && "clipboard" in navigator, share: known && "share" in navigator };
}

function CopyButton({ text: content, label: copyLabel }: { text: string | null; label: string }) {
  const text = useText(actionMessages);
  const common = useText(commonMessages);
  const [copied, setCopied] = useState<boolean | null>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(content ?? "");
      setCopied(true);
    } catch {
      setCopied(false);
    }
  }

  const label = copied === null ? copyLabel : copied ? common("copied") : text("copyFailed");
  return (
    <>
      <Button kind="secondary" disabled={content === null} onClick={() => void copy()}>
        {label}
      </Button>
      {/* Announces the copy beside the button: a live region inside the button would replace the
          button's name. */}
      <span role="status" className="sr-only grow-0!">
        {copied === null ? "" : label}
      </span>
    </>
  );
}

type PictureProps = { text: string | null; picture: DrawPicture | undefined };

function ShareButton({ text: content, picture }: PictureProps) {
  const text = useText(actionMessages);

  async function share() {
    const plain = { text: content ?? "" };
    const file = await draw(picture);
    const both = { ...plain, files: file === null ? [] : [file] };
    const takesBoth = file !== null && "canShare" in navigator && navigator.canShare(both);
    // `share` also rejects when the customer closes the phone's share sheet; that is no error.
    await navigator.share(takesBoth ? both : plain).catch(() => undefined);
  }

  return (
    <Button kind="secondary" disabled={content === null} onClick={() => void share()}>
      {text("share")}
    </Button>
  );
}

/** To keep or hand on what is on the page: WhatsApp, a picture, paper. */
function PaperActions({ text: content, picture }: PictureProps) {
  const text = useText(actionMessages);

  async function keep() {
    const file = await draw(picture);
    if (file !== null) save(file);
  }

  return (
    <>
      {content === null ? null : (
        <a
          href={`https://wa.me/?text=${encodeURIComponent(content)}`}
          target="_blank"
          rel="noreferrer"
          className="inline-flex min-h-touch items-center justify-center rounded-control bg-raised px-5 font-semibold hover:bg-line"
        >
          WhatsApp
        </a>
      )}
      {picture === undefined ? null : (
        <Button kind="secondary" onClick={() => void keep()}>
          {text("savePicture")}
        </Button>
      )}
      <Button
        kind="secondary"
        disabled={content === null}
        onClick={() => {
          window.print();
        }}
      >
        {text("print")}
      </Button>
    </>
  );
}

/** The picture; null where it cannot be drawn: the text alone is shared then. */
async function draw(picture: DrawPicture | undefined): Promise<File | null> {
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
