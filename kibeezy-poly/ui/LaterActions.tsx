"use client";
/**
 * The buttons of TextActions, whose code is loaded when they are shown: most visits copy and share
 * nothing. The page's server draws them all the same.
 */
import { type ComponentType, lazy, Suspense } from "react";
import type { TextActionsProps } from "@/ui/TextActions";

const Loaded = lazy<ComponentType<TextActionsProps>>(() =>
  import("@/ui/TextActions").then(
    ({ TextActions }) => ({ default: TextActions }),
    // Without their code they are left out, but not the buttons that come with them.
    () => ({ default: Others }),
  ),
);

export function LaterActions(props: TextActionsProps) {
  return (
    <Suspense fallback={<Others {...props} />}>
      <Loaded {...props} />
    </Suspense>
  );
}

function Others({ children, isFoot = false }: Pick<TextActionsProps, "children" | "isFoot">) {
  return <div className={isFoot ? "actions" : "flex flex-wrap gap-3 *:grow"}>{children}</div>;
}
