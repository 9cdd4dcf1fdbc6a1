"use client";
import { type ComponentProps, useState } from "react";
import { useText } from "@/lib/useLanguage";
import { Field } from "@/ui/Field";
import { passwordMessages } from "@/ui/passwordMessages";

type Props = Omit<ComponentProps<typeof Field>, "type" | "action" | "label"> & { label?: string };

export function PasswordField({ label, ...props }: Props) {
  const text = useText(passwordMessages);
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      label={label ?? text("password")}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      spellCheck={false}
      action={
        <button
          type="button"
          aria-pressed={shown}
          onClick={() => {
            setShown(!shown);
          }}
          className="min-h-touch rounded-control px-4 text-sm font-semibold text-brand"
        >
          {text(shown ? "hidePassword" : "showPassword")}
        </button>
      }
    />
  );
}
