/** Every test starts with a fake API that rejects unknown requests, an empty storage, and a console without errors. */
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { resetFakeAccount } from "./accountHandlers";
import { resetFakeApi } from "./handlers";
import { server } from "./server";

// What is waited for comes within a second, or ten on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

beforeAll(() => {
  server.listen({ onUnhandledRequest: "error" });
  addDialogMethods();
});

beforeEach(() => {
  resetFakeApi();
  resetFakeAccount();
  window.localStorage.clear();
  document.cookie = "csrftoken=token-of-the-cookie";
  document.documentElement.lang = "en";
  delete document.documentElement.dataset.apiOrigin;
  for (const method of ["error", "warn", "log"] as const) {
    vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => {
      throw new Error(`The console was written to: ${parts.map(String).join(" ")}`);
    });
  }
});

afterEach(() => {
  cleanup();
  server.resetHandlers();
});

afterAll(() => {
  server.close();
});

/** jsdom has no modal dialogs; the tests need only opening and closing. */
function addDialogMethods() {
  const prototype = HTMLDialogElement.prototype as Partial<HTMLDialogElement>;
  prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  };
}
