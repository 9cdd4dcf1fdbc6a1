"use client";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";
import { useOnline } from "@/lib/useOnline";
import { Alert } from "@/ui/Alert";

/** Says before a deposit is sent that there is no network. */
export function OfflineAlert() {
  const text = useText(depositMessages);
  return useOnline() ? null : (
    <Alert tone="wait" icon="offline" assertive>
      {text("offlineForm")}
    </Alert>
  );
}
