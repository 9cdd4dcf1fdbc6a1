import { act, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { SiteHeader } from "@/components/SiteHeader";
import { writeStoredDeposit } from "@/features/deposit/persist";
import { WalletView } from "@/features/wallet/WalletView";
import { api, buildTransaction, envelope } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const replace = vi.fn();
const router = { replace, refresh: vi.fn() };
vi.mock("next/navigation", () => ({
  useRouter: () => router,
  usePathname: () => "/wallet",
}));

const page = (
  <SignedIn>
    <WalletView />
  </SignedIn>
);

// On a busy machine the first load of the sheet takes longer than a test may wait.
beforeAll(() => import("@/components/DepositModal"));

beforeEach(() => {
  replace.mockClear();
});

const balance = (text: string) =>
  waitFor(() => {
    expect(screen.getByTestId("balance")).toHaveTextContent(text);
  });

describe("the wallet page", () => {
  it("shows balance and transactions, each status by icon and word, open ones first", async () => {
    api.transactions = [
      buildTransaction({
        id: 3,
        status: "COMPLETED",
        amount: 1500,
        mpesa_receipt_number: "TKN4ABCDEF",
      }),
      buildTransaction({ id: 2, status: "FAILED", amount: 200 }),
      buildTransaction({ id: 1, amount: 700, created_at: "2026-01-01T00:00:00Z" }),
    ];
    renderPage(page);

    await balance("KSh 1,000.00");
    const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/KSh\u00a0700.*Confirming/);
    expect(rows[1]).toMatch(/TKN4ABCDEF.*\+KSh\u00a01,500.*Received/);
    expect(rows[2]).toMatch(/KSh\u00a0200.*Not completed/);
  });

  it("tells that the list is empty", async () => {
    renderPage(page);
    expect(await screen.findByText("No transactions yet")).toBeVisible();
  });

  it("deposits, and the balance follows the server", async () => {
    const { user } = renderPage(page);
    await balance("KSh 1,000.00");

    await user.click(screen.getByRole("button", { name: "Deposit" }));
    await user.type(await screen.findByLabelText("Amount in KSh"), "500{Enter}");
    await user.click(await screen.findByRole("button", { name: "Deposit KSh\u00a0500" }));

    await screen.findByRole("heading", { name: "KSh\u00a0500 received" });
    await balance("KSh 1,500.00");
  });

  it("opens on the deposit under way after a reload", async () => {
    api.transactions = [buildTransaction()];
    writeStoredDeposit(7, {
      key: "k",
      amount: 500,
      startedAt: new Date().toISOString(),
      newestIdBefore: 0,
      sent: true,
      earlier: [],
      transactionId: 41,
      minimised: false,
    });
    renderPage(page);
    expect(await screen.findByRole("heading", { name: "Check your phone" })).toBeVisible();
  });

  it("offers a pill for a deposit that another device started", async () => {
    api.transactions = [buildTransaction()];
    const { user } = renderPage(page);
    await user.click(
      await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: confirming/ }),
    );
    expect(await screen.findByRole("heading", { name: "Check your phone" })).toBeVisible();
  });

  it("opens an unsettled row", async () => {
    api.transactions = [
      buildTransaction({
        created_at: "2026-01-01T00:00:00Z",
        prompt_expires_at: null,
        retry_after: null,
      }),
    ];
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: "Open deposit 41" }));
    expect(await screen.findByRole("heading", { name: "Confirming with M-Pesa" })).toBeVisible();
    expect(screen.getByText(/Do not pay again/)).toBeVisible();
  });

  it("fetches the server's sentences again when the language changes", async () => {
    const languages: (string | null)[] = [];
    server.use(
      http.get("*/api/payments/transactions/", ({ request }) => {
        languages.push(request.headers.get("Accept-Language"));
        return undefined;
      }),
    );
    const { user } = renderPage(
      <>
        <SiteHeader />
        {page}
      </>,
    );
    await balance("KSh 1,000.00");
    await user.click(screen.getByRole("button", { name: "Kiswahili" }));
    await waitFor(() => {
      expect(languages).toEqual(["en", "sw"]);
    });
  });

  it("leads a visitor to log in, without calling a session ended", async () => {
    api.signedIn = false;
    renderPage(page);
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/login?next=/wallet");
    });
  });

  it("shows an error, and recovers on a tap", async () => {
    server.use(
      http.get("*/api/wallet/", () => envelope(502, "api_unreachable", "Down."), { once: true }),
    );
    const { user } = renderPage(page);
    expect(await screen.findByRole("alert")).toHaveTextContent("We cannot reach our service");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await balance("KSh 1,000.00");
  });

  it("keeps its data when a refresh fails, and tells how old it is", async () => {
    renderPage(page);
    await balance("KSh 1,000.00");
    server.use(http.get("*/api/wallet/", () => HttpResponse.error()));
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
    expect(await screen.findByText(/Could not refresh/)).toBeVisible();
    await balance("KSh 1,000.00");
  });

  it("loads older transactions from the next page", async () => {
    const first = {
      next: "http://api/api/payments/transactions/?cursor=abc",
      previous: null,
      results: [buildTransaction({ id: 2, status: "COMPLETED" })],
    };
    const second = {
      next: null,
      previous: null,
      results: [buildTransaction({ id: 1, status: "COMPLETED", amount: 90 })],
    };
    server.use(
      http.get("*/api/payments/transactions/", ({ request }) =>
        HttpResponse.json(request.url.includes("cursor=abc") ? second : first),
      ),
    );
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: "Show older" }));
    expect(await screen.findByText("+KSh 90")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Show older" })).not.toBeInTheDocument();
  });
});
