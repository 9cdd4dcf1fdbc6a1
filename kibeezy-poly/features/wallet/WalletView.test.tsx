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
    expect(rows[1]).toMatch(/From M\u2011PESA.*\+KSh\u00a01,500.*Added/);
    expect(rows[2]).toMatch(/KSh\u00a0200.*Not completed/);
  });

  it("tells that the list is empty", async () => {
    renderPage(page);
    expect(await screen.findByText("How it works")).toBeVisible();
  });

  it("deposits, and the balance follows the server", async () => {
    const { user } = renderPage(page);
    await balance("KSh 1,000.00");

    await user.click(screen.getByRole("button", { name: "Deposit" }));
    await user.type(await screen.findByLabelText("Amount in KSh"), "500{Enter}");
    await user.click(await screen.findByRole("button", { name: "Deposit KSh\u00a0500" }));

    await screen.findByRole("heading", { name: "KSh\u00a0500 added" });
    await balance("KSh 1,500.00");
  });

  it.each([
    ["identity_needed", "Confirm who you are first", "Confirm my identity"],
    ["identity_checking", "We are checking your identity", null],
    ["identity_refused", "We could not confirm your identity", "Confirm my identity"],
    ["cool_off", "You are in a cool-off", null],
    ["limit", "Your limit is used up", "See my limits"],
  ] as const)("says at the button why no deposit is possible: %s", async (reason, name, link) => {
    const deposits_again_at = new Date(Date.now() + 86_400_000).toISOString();
    api.limits = { ...api.limits, refused_by: reason, deposits_again_at, most_now: 0 };
    renderPage(page);
    expect(await screen.findByText(name)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Deposit" })).toBeNull();
    const links = screen.getAllByRole("link").map(({ textContent }) => textContent);
    expect(links).toEqual(link === null ? ["Statement"] : ["Statement", link]);
  });

  it("repeats the last deposit in one tap, if it is still possible", async () => {
    api.transactions = [
      buildTransaction({ id: 4, status: "FAILED", amount: 900 }),
      buildTransaction({ id: 3, status: "COMPLETED", amount: 650 }),
    ];
    const { user, unmount } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: "KSh\u00a0650 again" }));
    await screen.findByRole("heading", { name: "You are about to deposit" });
    expect(screen.getByRole("button", { name: "Deposit KSh\u00a0650" })).toBeEnabled();
    expect(api.pushes).toEqual([]);
    unmount();

    api.limits = { ...api.limits, most_now: 649 };
    renderPage(page);
    await screen.findByRole("button", { name: "Deposit" });
    await waitFor(() => {
      expect(screen.queryByRole("button", { name: /again/ })).toBeNull();
    });
  });

  it("hides the balance, and remembers that", async () => {
    const { user, unmount } = renderPage(page);
    await balance("KSh 1,000.00");
    await user.click(screen.getByRole("button", { name: "Hide balance" }));
    await balance("KSh ••••");
    unmount();
    renderPage(page);
    await balance("KSh ••••");
    await user.click(screen.getByRole("button", { name: "Hide balance" }));
    await balance("KSh 1,000.00");
  });

  it("folds further failures in a row", async () => {
    api.transactions = [5, 4, 3, 2].map((id) => buildTransaction({ id, status: "FAILED" }));
    renderPage(page);
    expect(await screen.findByText("Show 2 more not completed")).toBeVisible();
    const links = screen.getAllByRole("link", { name: /^Open deposit/, hidden: true });
    expect(links).toHaveLength(4);
  });

  it("shows only the pill of a deposit that was sent long ago", async () => {
    api.transactions = [
      buildTransaction({
        status: "FAILED",
        result_code: "1032",
        created_at: new Date(Date.now() - 10 * 86_400_000).toISOString(),
      }),
    ];
    writeStoredDeposit(7, {
      key: "k",
      amount: 500,
      startedAt: new Date(Date.now() - 10 * 86_400_000).toISOString(),
      newestIdBefore: 0,
      sent: true,
      earlier: [],
      transactionId: 41,
      minimised: false,
    });
    renderPage(page);
    expect(
      await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: not completed/ }),
    ).toBeVisible();
    expect(screen.queryByRole("heading", { name: "The request was cancelled" })).toBeNull();
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
    expect(
      await screen.findByRole("heading", { name: "Enter your M\u2011PESA PIN" }),
    ).toBeVisible();
  });

  it("offers a pill for a deposit that another device started", async () => {
    api.transactions = [buildTransaction()];
    const { user } = renderPage(page);
    await user.click(
      await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: confirming/ }),
    );
    expect(
      await screen.findByRole("heading", { name: "Enter your M\u2011PESA PIN" }),
    ).toBeVisible();
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
    expect(
      await screen.findByRole("heading", { name: "Confirming with M\u2011PESA" }),
    ).toBeVisible();
    expect(screen.getByText("Do not pay again")).toBeVisible();
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
