"use client";
import { useState } from "react";
import { getMyData } from "@/features/privacy/api";
import { PasswordForm } from "@/features/privacy/PasswordForm";
import { formMessages } from "@/features/privacy/formMessages";
import { saveFile } from "@/features/statement/file";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";

/** The form that downloads the customer's data. */
export function DataForm() {
  const text = useText(formMessages);
  const [saved, setSaved] = useState(false);
  return (
    <>
      <PasswordForm
        action={text("download")}
        onSend={(password) => {
          setSaved(false);
          return getMyData(password);
        }}
        onSent={(data) => {
          const written = JSON.stringify(data, null, 2);
          const content = new Blob([written], { type: "application/json" });
          saveFile({ name: "kibeezy-my-data.json", content });
          setSaved(true);
        }}
      />
      <div role="status">{saved ? <Alert tone="good">{text("downloaded")}</Alert> : null}</div>
    </>
  );
}
