/**
 * Listens for errors of the page. The first load includes only this module; the module that reports
 * errors is loaded at the first error.
 */
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
    // Without a network the reporting module cannot be loaded; the error is dropped.
    () => undefined,
  );
}
