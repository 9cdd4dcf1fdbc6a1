"use client";
import { commonMessages } from "@/lib/commonMessages";
import type { ApiError } from "@/lib/errors";
import { useFailureText } from "@/lib/useFailureText";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = { error: ApiError; busy: boolean; onRetry: () => void };

/** Shown in place of content that could not be loaded: the error, and a button to try again. */
export function LoadFailure({ error, busy, onRetry }: Props) {
  const text = useText(commonMessages);
  const { title, body } = useFailureText()(error);
  return (
    <div className="mx-auto max-w-md py-8">
      <Alert tone="bad" title={title} assertive icon={error.status === 0 ? "offline" : "alert"}>
        <p className="mt-1">
          <Sentence>{body}</Sentence>
        </p>
      </Alert>
      <Button onClick={onRetry} busy={busy} className="mt-4 w-full">
        {text(busy ? "loading" : "tryAgain")}
      </Button>
    </div>
  );
}
