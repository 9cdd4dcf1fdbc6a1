import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import type { NamedFile } from "@/features/statement/file";
import { StatementView } from "@/features/statement/StatementView";
import { account, buildEntry } from "@/test/accountHandlers";
import { envelope } from "@/test/handlers";
import { goTo, router } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const saved: NamedFile[] = [];
vi.mock("@/features/statement/file", async (original) => ({
  ...(await original<object>()),
  saveFile: (file: NamedFile) => saved.push(file),
}));

const page = (
  <SignedIn>
    <StatementView />
  </SignedIn>
);

beforeEach(() => {
  saved.length = 0;
  router.replace.mockClear();
  goTo("/wallet/statement");
});

describe("the statement", () => {
  it("shows the lines that make the balance, and leads to the deposit behind each", async () => {
    account.entries = [
      buildEntry({ id: 2, description: "Correction", amount: "-120.50", transaction_id: null }),
      buildEntry(),
    ];
    renderPage(page);
    const lines = within(await screen.findByRole("region", { name: "Lines" }));
    expect(lines.getAllByRole("listitem").map((line) => line.textContent)).toEqual([
      "Correction25 Nov 2026, 12:00TKN4ABCDEF−KSh\u00a0120.50",
      "M\u2011PESA deposit25 Nov 2026, 12:00TKN4ABCDEF+KSh\u00a0500.00",
    ]);
    expect(lines.getByRole("link", { name: "Open deposit 41" })).toHaveAttribute(
      "href",
      "/deposits/41",
    );
    expect(await screen.findByText("KSh 1,000.00")).toBeVisible();
  });

  it("tells that it is empty", async () => {
    renderPage(page);
    expect(await screen.findByText("Nothing here yet")).toBeVisible();
  });

  it.each([
    ["PDF to print", "statement.pdf"],
    ["CSV for Excel", "statement.csv"],
  ])("is downloaded as %s", async (button, name) => {
    const { user } = renderPage(page);
    await user.click(screen.getByRole("button", { name: button }));
    expect(await screen.findByText(`${name} is in your downloads.`)).toBeVisible();
    expect(saved.map((file) => file.name)).toEqual([name]);
  });

  it("asks for the days that are chosen", async () => {
    const asked: string[] = [];
    server.use(
      http.get("*/api/wallet/statement.csv", ({ request }) => {
        asked.push(new URL(request.url).search);
      }),
    );
    const { user } = renderPage(page);
    fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-01-01" } });
    fireEvent.change(screen.getByLabelText("To"), { target: { value: "2026-11-25" } });
    await user.click(screen.getByRole("button", { name: "CSV for Excel" }));
    await screen.findByText(/is in your downloads/);
    expect(asked).toEqual(["?from=2026-01-01&to=2026-11-25"]);
  });

  it.each([
    ["", "2026-11-25", "Choose a day."],
    ["2026-11-26", "2026-11-25", "The first day must not be after the last."],
    ["2025-11-24", "2026-11-25", "Choose at most 366 days."],
  ])("refuses %j to %j beside the day, before anything is asked", async (from, to, error) => {
    const { user } = renderPage(page);
    fireEvent.change(screen.getByLabelText("From"), { target: { value: from } });
    fireEvent.change(screen.getByLabelText("To"), { target: { value: to } });
    await user.click(screen.getByRole("button", { name: "PDF to print" }));
    expect(screen.getByLabelText("From")).toHaveAccessibleDescription(error);
    expect(saved).toEqual([]);
  });

  it("takes exactly 366 days", async () => {
    const { user } = renderPage(page);
    fireEvent.change(screen.getByLabelText("From"), { target: { value: "2025-11-25" } });
    fireEvent.change(screen.getByLabelText("To"), { target: { value: "2026-11-25" } });
    await user.click(screen.getByRole("button", { name: "PDF to print" }));
    expect(await screen.findByText(/is in your downloads/)).toBeVisible();
  });

  it("tells why a download failed, and leads to log in when the session ended", async () => {
    server.use(
      http.get("*/api/wallet/statement.pdf", () =>
        envelope(429, "rate_limited", "Too many statements. Wait a minute."),
      ),
    );
    const { user } = renderPage(page);
    await user.click(screen.getByRole("button", { name: "PDF to print" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Too many statements");

    server.use(
      http.get("*/api/wallet/statement.pdf", () => envelope(401, "not_authenticated", "Log in.")),
    );
    await user.click(screen.getByRole("button", { name: "PDF to print" }));
    await waitFor(() => {
      expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet/statement&ended=1");
    });
    expect(saved).toEqual([]);
  });
});
