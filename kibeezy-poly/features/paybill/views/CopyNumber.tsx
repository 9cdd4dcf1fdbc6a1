"use client";
import { useRef, useState } from "react";
import { paybillMessages } from "@/features/paybill/views/messages";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type Props = {
  label: string;
  /** What is copied: digits only, as M-Pesa's menu takes them. */
  digits: string;
  /** The digits in groups, as they are shown. */
  groups?: string[];
  say: (message: string) => void;
};

type Done = "copied" | "selected" | null;

/**
 * A number to enter in M-Pesa's menu, with a button to copy it. Where the browser cannot copy (over
 * plain http, or when the customer forbids it), the button selects the number.
 */
export function CopyNumber({ label, digits, groups = [digits], say }: Props) {
  const text = useText(paybillMessages);
  const common = useText(commonMessages);
  const number = useRef<HTMLElement>(null);
  const [done, setDone] = useState<Done>(null);

  async function copy() {
    const copied = await writeClipboard(digits);
    if (!copied) select(number.current);
    setDone(copied ? "copied" : "selected");
    say(copied ? common("copied") : text("selectedHow"));
  }

  const caption = { copied: common("copied"), selected: text("selected") };
  return (
    <div className="rounded-control bg-raised px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <p className="min-w-0">
          <span className="block text-sm text-ink-soft">{label}</span>
          {/* No blanks between the groups, so that a selection holds the digits only. */}
          <strong ref={number} className="money flex flex-wrap text-2xl" translate="no">
            {groups.map((group, index) => (
              <span key={index} className="not-last:mr-[0.3em]">
                {group}
              </span>
            ))}
          </strong>
        </p>
        <Button
          kind="secondary"
          className="border-transparent"
          aria-label={text("copyNamed", { what: label })}
          onClick={() => void copy()}
        >
          {done === "copied" ? <Icon name="check" /> : null}
          <span>{done === null ? text("copy") : caption[done]}</span>
        </Button>
      </div>
      {done === "selected" ? <p className="mt-1 text-sm">{text("selectedHow")}</p> : null}
    </div>
  );
}

async function writeClipboard(digits: string): Promise<boolean> {
  if (!("clipboard" in navigator)) return false;
  try {
    await navigator.clipboard.writeText(digits);
    return true;
  } catch {
    return false;
  }
}

function select(element: HTMLElement | null): void {
  const selection = window.getSelection();
  if (element === null || selection === null) return;
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNodeContents(element);
  selection.addRange(range);
}
