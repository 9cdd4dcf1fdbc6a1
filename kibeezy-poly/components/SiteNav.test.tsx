import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { SiteNav } from "@/components/SiteNav";
import { goTo, router } from "@/test/navigation";
import { renderPage } from "@/test/render";

vi.mock("next/navigation", () => import("@/test/navigation"));

describe("the navigation", () => {
  it.each([
    ["/deposits", "Activity", "page"],
    ["/deposits/41", "Activity", "true"],
    ["/wallet/statement", "Home", "true"],
    ["/limits", "Account", "true"],
    ["/identity", "Account", "true"],
  ])("on %s marks %s only", (path, name, current) => {
    goTo(path);
    renderPage(<SiteNav />);
    const marked = screen
      .getAllByRole("link")
      .filter((link) => link.ariaCurrent !== null || link.hasAttribute("aria-current"));
    expect(marked.map((link) => [link.textContent, link.getAttribute("aria-current")])).toEqual([
      [name, current],
    ]);
    expect(screen.getAllByRole("link")).toHaveLength(3);
  });

  it("is hidden without a session", () => {
    goTo("/login");
    renderPage(<SiteNav />);
    expect(screen.queryByRole("navigation")).not.toBeInTheDocument();
  });

  it("prefetches a page on touch only", async () => {
    router.prefetch.mockClear();
    goTo("/wallet");
    const { user } = renderPage(<SiteNav />, "sw");
    expect(router.prefetch).not.toHaveBeenCalled();
    await user.hover(screen.getByRole("link", { name: "Akaunti" }));
    expect(router.prefetch).toHaveBeenCalledWith("/account");
  });
});
