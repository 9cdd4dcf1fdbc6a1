/** Hears what goes wrong on the page. Only this is part of every first load: what reports an error comes with the first one. */
import type { components } from "@/types/api";

type Kind = components["schemas"]["PageErrorRequest"]["kind"];

export function hearPageErrors(): void {
  window.addEventListener("error", ({ error, message }) => {
    tellPageError("error", error ?? message);
  });
  window.addEventListener("unhandledrejection", ({ reason }) => {
    tellPageError("rejection", reason);
  });
}

export function tellPageError(kind: Kind, thrown: unknown): void {
  import("@/lib/reportPageError").then(
    ({ reportPageError }) => reportPageError(kind, thrown),
    // Without a network there is nobody to tell.
    () => undefined,
  );
}
