import { act, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Language } from "@/lib/language";
import { renderPage } from "@/test/render";

const reload = vi.hoisted(() => vi.fn());
vi.mock("@/lib/reload", () => ({ reload }));

beforeEach(() => {
  vi.resetModules();
  reload.mockClear();
  window.history.replaceState(null, "", "/deposits/41");
});

/** Renders the notice as the browser does after a load of the present address. */
async function load(language: Language = "en") {
  vi.resetModules();
  const { StartNotice } = await import("@/components/SignedIn");
  const { LanguageProvider } = await import("@/lib/useLanguage");
  return renderPage(
    <LanguageProvider initial={language}>
      <StartNotice />
    </LanguageProvider>,
  );
}

async function startAfresh() {
  const { startAfresh: start } = await import("@/lib/startAfresh");
  start();
  start();
}

describe("starting afresh", () => {
  it.each([
    ["en", "Another account has logged in"],
    ["sw", "Akaunti nyingine imeingia"],
  ] as const)("opens the wallet, once, and says why (%s)", async (language, title) => {
    await startAfresh();
    expect(reload).toHaveBeenCalledOnce();
    expect(window.location.pathname).toBe("/wallet");

    const { user } = await load(language);
    expect(await screen.findByRole("alert")).toHaveTextContent(title);

    await user.click(screen.getByRole("button"));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("is not told again by a later load, nor without a cause", async () => {
    await load();
    expect(screen.queryByRole("alert")).toBeNull();

    await startAfresh();
    const first = await load();
    expect(await screen.findByRole("alert")).toBeVisible();
    act(() => {
      first.unmount();
    });
    await load();
    expect(screen.queryByRole("alert")).toBeNull();
    expect(window.location.hash).toBe("");
  });
});
