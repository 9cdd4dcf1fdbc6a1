"use client";
import type { ReactNode } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import type { Resource } from "@/lib/useResource";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { LoadFailure } from "@/ui/LoadFailure";

type Props<T> = {
  resource: Omit<Resource<T>, "put">;
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
};

/**
 * Renders a resource while it loads, after a failure, and loaded (with a note if a refresh failed).
 */
export function Loaded<T>({ resource, skeleton, children }: Props<T>) {
  const text = useText(commonMessages);
  const { data, error, loading, refresh } = resource;
  if (data === null)
    return error === null ? (
      <>
        <p role="status" className="sr-only">
          {text("loading")}
        </p>
        {skeleton}
      </>
    ) : (
      <LoadFailure error={error} busy={loading} onRetry={refresh} />
    );
  return (
    <>
      {error === null ? null : (
        <Alert tone="wait" icon="offline">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p>{text("notRefreshed")}</p>
            <Button kind="secondary" busy={loading} onClick={refresh}>
              {text("tryAgain")}
            </Button>
          </div>
        </Alert>
      )}
      {children(data)}
    </>
  );
}
