/** Listens for errors of the page. Only this is in the first load; the code that reports them is loaded with the first error. */
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
    // Without a network the report cannot be sent.
    () => undefined,
  );
}
