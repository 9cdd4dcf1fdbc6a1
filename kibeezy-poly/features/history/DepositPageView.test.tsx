import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { SiteHeader } from "@/components/SiteHeader";
import { DepositPageView } from "@/features/history/DepositPageView";
import { noteEnvironment } from "@/lib/environment";
import { account } from "@/test/accountHandlers";
import { api, buildTransaction, settle } from "@/test/handlers";
import { goTo, router } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const page = (id: number | null) => (
  <SignedIn>
    <DepositPageView id={id} />
  </SignedIn>
);

const PAID = {
  status: "COMPLETED",
  customer_message: "KSh 500 is in your wallet.",
  mpesa_receipt_number: "TKN4ABCDEF",
  created_at: "2026-01-01T07:04:00Z",
  completed_at: "2026-01-01T07:05:00Z",
} as const;

beforeEach(() => {
  router.replace.mockClear();
  goTo("/deposits/41");
});

const lines = (name: string) =>
  within(screen.getByRole("region", { name }))
    .getAllByRole("term")
    .map((term) => `${term.textContent}: ${term.nextElementSibling?.textContent ?? ""}`);

describe("the page of a deposit", () => {
  it("shows a paid one with its receipt, with the server's amounts and in Nairobi's time", async () => {
    api.transactions = [buildTransaction(PAID)];
    renderPage(page(41));
    await screen.findByRole("heading", { name: "Receipt" });
    expect(lines("Receipt")).toEqual([
      "Added: KSh\u00a0500",
      "M\u2011PESA code: TKN4ABCDEF",
      "Time: 1 Jan 2026, 10:05",
      "From: 07**\u00a0**5\u00a0678",
      "Our fee: Free",
      "Deposit number: #41",
      "Account on M\u2011PESA: KBZ41",
    ]);
    expect(screen.getByText("KSh 500 is in your wallet.")).toBeVisible();
  });

  it.each(["en", "sw"] as const)(
    "says of one that M\u2011PESA took back what happened, and gives no receipt (%s)",
    async (language) => {
      const customer_message = "M-PESA took this payment of KSh 500 back.";
      api.transactions = [buildTransaction({ ...PAID, is_reversed: true, customer_message })];
      renderPage(page(41), language);
      const word = language === "en" ? "Taken back by M\u2011PESA" : "Ilirudishwa na M\u2011PESA";
      expect(await screen.findByRole("region", { name: word })).toHaveTextContent("KSh 500 back");
      expect(screen.queryByRole("heading", { name: /Receipt|Risiti/ })).toBeNull();
      const [facts, label] =
        language === "en"
          ? ["Details", "Received, later taken back"]
          : ["Maelezo", "Ilipokelewa, kisha ikarudishwa"];
      const about = lines(facts);
      expect(about.filter((line) => /^(Received|Ilipokelewa)/.test(line))).toEqual([
        expect.stringMatching(new RegExp(`^${label}: 1 `)),
      ]);
    },
  );

  it("copies, shares and prints the receipt", async () => {
    api.transactions = [buildTransaction(PAID)];
    const share = vi.fn(() => Promise.resolve());
    Object.defineProperty(navigator, "share", { configurable: true, value: share });
    noteEnvironment("mock");
    const print = vi.spyOn(window, "print").mockImplementation(() => undefined);
    const { user } = renderPage(page(41));
    await user.click(await screen.findByRole("button", { name: "Copy receipt" }));

    expect(await navigator.clipboard.readText()).toMatch(
      /^Kibeezy \(MOCK\)\nAdded: KSh 500\n[^]*M-PESA code: TKN4ABCDEF/,
    );
    expect(screen.getByRole("button", { name: "Copied" })).toBeVisible();

    const receipt = within(screen.getByRole("region", { name: "Receipt" }));
    await user.click(receipt.getByRole("button", { name: "Share" }));
    expect(share).toHaveBeenCalledWith({ text: expect.stringContaining("#41") as string });
    await user.click(receipt.getByRole("button", { name: "Print" }));
    expect(print).toHaveBeenCalledOnce();
    Reflect.deleteProperty(navigator, "share");
  });

  it("shows the timeline, oldest first, with an event kind that it does not know", async () => {
    api.transactions = [buildTransaction(PAID)];
    const at = "2026-01-01T07:04:00Z";
    account.events = [
      { at, kind: "created", message: "You asked to deposit KSh 500." },
      { at, kind: "invented" as "asked", message: "Something new happened." },
      { at, kind: "completed", message: "KSh 500 was added." },
    ];
    renderPage(page(41));
    const timeline = within(await screen.findByRole("region", { name: "What happened" }));
    expect(timeline.getAllByRole("listitem").map((step) => step.textContent)).toEqual([
      "You asked to deposit KSh\u00a0500.1 Jan, 10:04",
      "Something new happened.1 Jan, 10:04",
      "KSh\u00a0500 was added.1 Jan, 10:04",
    ]);
  });

  it("asks for the server's sentences again when the language changes", async () => {
    api.transactions = [buildTransaction(PAID)];
    server.use(
      http.get("*/api/payments/transactions/41/", ({ request }) =>
        HttpResponse.json({
          ...buildTransaction(PAID),
          customer_message: `In ${request.headers.get("Accept-Language") ?? "none"}.`,
        }),
      ),
    );
    const { user } = renderPage(
      <>
        <SiteHeader />
        {page(41)}
      </>,
    );
    expect(await screen.findByText("In en.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Kiswahili" }));
    expect(await screen.findByText("In sw.")).toBeVisible();
  });

  it("follows a pending one to its outcome automatically", async () => {
    api.transactions = [buildTransaction({ next_poll_after: 1 })];
    renderPage(page(41));
    expect(await screen.findByText(/This page updates automatically/)).toBeVisible();

    act(() => {
      settle(41, PAID);
    });

    expect(
      await screen.findByRole("heading", { name: "Receipt" }, { timeout: 5000 }),
    ).toBeVisible();
    expect(screen.queryByRole("button", { name: "Check now" })).not.toBeInTheDocument();
  });

  it("tells after ten minutes that it no longer polls, and still asks on a tap", async () => {
    const created_at = new Date(Date.now() - 11 * 60_000).toISOString();
    api.transactions = [buildTransaction({ created_at })];
    const { user } = renderPage(page(41));
    expect(await screen.findByText(/This screen has stopped asking/)).toBeVisible();
    expect(screen.queryByText(/This page updates automatically/)).not.toBeInTheDocument();

    settle(41, PAID);
    await user.click(screen.getByRole("button", { name: "Check now" }));
    expect(await screen.findByRole("heading", { name: "Receipt" })).toBeVisible();
  });

  it("polls at once on a tap, and tells when no answer comes", async () => {
    api.transactions = [buildTransaction({ next_poll_after: 60 })];
    const { user } = renderPage(page(41));
    await user.click(await screen.findByRole("button", { name: "Check now" }));

    let offline = true;
    server.use(
      http.get("*/api/payments/transactions/41/status/", () =>
        offline ? HttpResponse.error() : undefined,
      ),
    );
    await user.click(screen.getByRole("button", { name: "Check now" }));
    await screen.findByText(/No network/);
    offline = false;
    await user.click(screen.getByRole("button", { name: "Check now" }));
    await waitFor(() => {
      expect(screen.queryByText(/No network/)).not.toBeInTheDocument();
    });
  });

  it("tells that our team looks at one under review", async () => {
    api.transactions = [buildTransaction({ next_poll_after: null })];
    renderPage(page(41));
    expect(
      await screen.findByText(/Keep the deposit number and the M\u2011PESA SMS/),
    ).toBeVisible();
    expect(screen.queryByRole("button", { name: "Check now" })).not.toBeInTheDocument();
  });

  it("fills in the help request", async () => {
    api.transactions = [
      buildTransaction({ status: "FAILED", result_code: "1", customer_message: "Not enough." }),
    ];
    const { user } = renderPage(page(41));
    await user.click(await screen.findByText("Get help"));
    expect(screen.getByText(/Never give your PIN/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Copy details" }));
    const question = await navigator.clipboard.readText();
    expect(question).toMatch(/KSh 500[^]*Not completed[^]*#41/);
  });

  it.each([99, null])("says so when there is none (%s)", async (id) => {
    renderPage(page(id));
    expect(await screen.findByText("There is no such deposit")).toBeVisible();
    expect(screen.getByRole("link", { name: "All deposits" })).toBeVisible();
  });
});
