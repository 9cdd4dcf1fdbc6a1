"use client";
import { type ComponentProps, useState } from "react";
import { findOtherNetwork } from "@/lib/networks";
import { parsePhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { Field } from "@/ui/Field";
import { phoneMessages } from "@/ui/phoneMessages";

type Props = Omit<ComponentProps<typeof Field>, "hint" | "note" | "type" | "inputMode">;

/**
 * The field for a number that is to pay by M-PESA. A number that looks like another network's gets
 * a warning and is taken: it may have been moved to Safaricom with its digits.
 */
export function MpesaNumberField({ onChange, ...field }: Props) {
  const text = useText(phoneMessages);
  const [network, setNetwork] = useState<string | null>(null);
  return (
    <Field
      {...field}
      type="tel"
      inputMode="tel"
      hint={text("hint")}
      note={network === null ? null : text("otherNetwork", { network })}
      onChange={(event) => {
        setNetwork(findOtherNetwork(parsePhone(event.target.value) ?? ""));
        onChange?.(event);
      }}
    />
  );
}
