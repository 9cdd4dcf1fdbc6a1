import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SiteHeader } from "@/components/SiteHeader";
import { LogoutButton } from "@/features/auth";
import { envelope } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const replace = vi.fn();
const refresh = vi.fn();
const router = { replace, refresh };
vi.mock("next/navigation", () => ({ useRouter: () => router, usePathname: () => "/wallet" }));

beforeEach(() => {
  replace.mockClear();
});

describe("the header", () => {
  it("logs out", async () => {
    const { user } = renderPage(<LogoutButton wide />);
    await user.click(screen.getByRole("button", { name: "Log out" }));
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/login");
    });
  });

  it("does not claim a log-out when the session may still be alive", async () => {
    server.use(http.post("*/api/auth/logout/", () => envelope(502, "api_unreachable", "Down.")));
    const { user } = renderPage(<LogoutButton wide />);
    await user.click(screen.getByRole("button", { name: "Log out" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("You are still logged in");
    expect(replace).not.toHaveBeenCalled();
  });

  it("names the network only when it is missing", async () => {
    server.use(http.post("*/api/auth/logout/", () => HttpResponse.error()));
    const { user } = renderPage(<LogoutButton wide />);
    await user.click(screen.getByRole("button", { name: "Log out" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("No network");
  });

  it("has no log-out, which a wrong tap would do without a question", () => {
    renderPage(<SiteHeader />);
    expect(screen.queryByRole("button", { name: "Log out" })).not.toBeInTheDocument();
  });

  it("changes the language at once and stores it", async () => {
    const { user } = renderPage(<SiteHeader />);
    await user.click(screen.getByRole("button", { name: "Kiswahili" }));
    expect(screen.getByRole("link", { name: "Nyumbani" })).toBeVisible();
    expect(document.documentElement.lang).toBe("sw");
    expect(document.cookie).toContain("language=sw");
    expect(refresh).toHaveBeenCalledOnce();
  });
});
