import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { useEffect } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { DepositsView } from "@/features/history/DepositsView";
import { useWallet, WalletProvider } from "@/lib/useWallet";
import { api, buildTransaction, envelope, settle } from "@/test/handlers";
import { goTo, router } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const page = (
  <WalletProvider>
    <WalletProbe />
    <DepositsView />
  </WalletProvider>
);

let wallet: ReturnType<typeof useWallet>;

function WalletProbe() {
  const found = useWallet();
  useEffect(() => {
    wallet = found;
  });
  return null;
}

beforeEach(() => {
  router.replace.mockClear();
  goTo("/deposits");
  api.transactions = [
    buildTransaction({ id: 3, status: "COMPLETED", mpesa_receipt_number: "TKN4ABCDEF" }),
    buildTransaction({ id: 2, status: "FAILED", amount: 200, created_at: "2026-11-20T09:00:00Z" }),
    buildTransaction({ id: 1, amount: 700, created_at: "2026-01-01T00:00:00Z" }),
  ];
});

const rows = () =>
  screen
    .getAllByRole("listitem")
    .map((row) => row.textContent)
    .filter((text) => text.includes("KSh"));

describe("the history", () => {
  it("pins what is under way on top, and links every deposit to its page", async () => {
    renderPage(page);
    const underWay = await screen.findByRole("region", { name: "Under way" });
    expect(within(underWay).getByText(/Do not pay again/)).toBeVisible();
    expect(within(underWay).getByRole("link", { name: "Open deposit 1" })).toHaveAttribute(
      "href",
      "/deposits/1",
    );
    const finished = within(screen.getByRole("region", { name: "Earlier" }));
    expect(finished.getAllByRole("link").map(String)).toHaveLength(2);
    expect(finished.getByRole("region", { name: "Today" })).toHaveTextContent("+KSh 500");
    expect(finished.getByRole("region", { name: "20 Nov 2026" })).toHaveTextContent(
      "Not completed",
    );
    expect(rows()).toHaveLength(3);
  });

  it("follows the outcome that the sheet has seen", async () => {
    renderPage(page);
    await screen.findByRole("region", { name: "Under way" });
    await waitFor(() => {
      expect(wallet.data).not.toBeNull();
    });

    settle(1, { status: "COMPLETED" });
    act(() => {
      wallet.put(
        api.transactions.find(({ id }) => id === 1)!,
        "1700.00",
      );
    });

    expect((await screen.findAllByText("+KSh 700"))[0]).toBeVisible();
    expect(screen.queryByRole("region", { name: "Under way" })).not.toBeInTheDocument();
  });

  it("filters by status in the address, and Back undoes it", async () => {
    const { user } = renderPage(page);
    await screen.findAllByText("+KSh 500");

    await user.click(screen.getByRole("link", { name: "Not completed" }));

    await waitFor(() => {
      expect(rows()).toHaveLength(1);
    });
    expect(rows()[0]).toMatch(/KSh\u00a0200.*Not completed/);
    expect(window.location.search).toBe("?status=failed");
    expect(screen.getByRole("link", { name: "Not completed" })).toHaveAttribute("aria-current");
    expect(api.asked.at(-1)).toBe("status=FAILED");

    act(() => {
      goTo("/deposits");
    });
    await waitFor(() => {
      expect(rows()).toHaveLength(3);
    });
  });

  it("filters by days of Nairobi, and clears everything at once", async () => {
    const { user } = renderPage(page);
    await screen.findAllByText("+KSh 500");
    await user.click(screen.getByText("Choose dates"));
    await user.type(screen.getByLabelText("From"), "2026-11-20");
    await user.type(screen.getByLabelText("To"), "2026-11-20");
    await user.click(screen.getByRole("button", { name: "Show" }));

    await waitFor(() => {
      expect(rows()).toEqual([expect.stringContaining("KSh\u00a0200")]);
    });
    expect(window.location.search).toBe("?from=2026-11-20&to=2026-11-20");
    expect(screen.getByText("Dates: 20 Nov 2026 – 20 Nov 2026")).toBeVisible();

    await user.click(screen.getByRole("button", { name: "Clear all filters" }));
    expect(window.location.search).toBe("");
  });

  it("tells which day is wrong, and sends nothing", async () => {
    const { user } = renderPage(page);
    await screen.findAllByText("+KSh 500");
    const asked = api.asked.length;
    await user.click(screen.getByText("Choose dates"));
    await user.type(screen.getByLabelText("From"), "2026-11-21");
    await user.type(screen.getByLabelText("To"), "2026-11-20");
    await user.click(screen.getByRole("button", { name: "Show" }));
    expect(screen.getByLabelText("From")).toHaveAccessibleDescription(/must not be after/);
    expect(api.asked).toHaveLength(asked);
  });

  it("fetches only deposits under way when they are chosen", async () => {
    goTo("/deposits?status=pending");
    renderPage(page);
    expect(await screen.findByText("KSh 700")).toBeVisible();
    // The other request is the wallet's.
    expect(api.asked).toEqual(["status=PENDING&page_size=100", ""]);
  });

  it("distinguishes an empty history from an empty filter", async () => {
    api.transactions = [];
    const { unmount } = renderPage(page);
    expect(await screen.findByText("No deposits yet")).toBeVisible();
    unmount();
    goTo("/deposits?status=failed");
    renderPage(page);
    expect(await screen.findByText("No deposit matches")).toBeVisible();
  });

  it("loads older ones below the newer, and keeps both when a load fails", async () => {
    const answer = (id: number, next: string | null) =>
      HttpResponse.json({
        next,
        previous: null,
        results: [buildTransaction({ id, amount: id, status: "COMPLETED" })],
      });
    let rejections = 1;
    server.use(
      http.get("*/api/payments/transactions/", ({ request }) => {
        const { searchParams } = new URL(request.url);
        if (searchParams.get("status") === "PENDING") return undefined;
        if (!searchParams.has("cursor"))
          return answer(90, "http://api/api/payments/transactions/?cursor=c");
        return rejections-- > 0 ? envelope(503, "unavailable", "Later.") : answer(80, null);
      }),
    );
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: "Show older" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Older ones could not be loaded.");
    await user.click(screen.getByRole("button", { name: "Show older" }));
    expect(await screen.findByText("+KSh 80")).toBeVisible();
    expect(screen.getByText("+KSh 90")).toBeVisible();
  });

  it("shows an error, and recovers on a tap", async () => {
    server.use(
      http.get("*/api/payments/transactions/", () => envelope(503, "unavailable", "Down."), {
        once: true,
      }),
    );
    const { user } = renderPage(page);
    expect(await screen.findByRole("alert")).toHaveTextContent("We cannot reach our service");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect((await screen.findAllByText("+KSh 500"))[0]).toBeVisible();
  });

  it("leads a visitor to log in, and back to the same filter", async () => {
    api.signedIn = false;
    goTo("/deposits?status=failed&from=2026-11-01");
    renderPage(page);
    await waitFor(() => {
      expect(router.replace).toHaveBeenCalledWith(
        "/login?next=/deposits%3Fstatus%3Dfailed%26from%3D2026-11-01",
      );
    });
  });

  it("speaks Kiswahili", async () => {
    renderPage(page, "sw");
    expect(await screen.findByRole("region", { name: "Inaendelea" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Haikukamilika" })).toBeVisible();
  });
});
