import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { LimitsView } from "@/features/limits/LimitsView";
import { account } from "@/test/accountHandlers";
import { api, envelope } from "@/test/handlers";
import { goTo } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

beforeEach(() => {
  goTo("/limits");
});

const card = async (name: string) => within(await screen.findByRole("region", { name }));

describe("the limits page", () => {
  it("shows the remaining allowance of today and this week, and the range of one deposit", async () => {
    api.limits = {
      ...api.limits,
      tier: "basic",
      used_today: 1_500,
      remaining_today: 5_000,
      weekly_limit: 20_000,
      remaining_this_week: 5_000,
    };
    renderPage(<LimitsView />);
    const possible = await card("What your limits allow");
    expect(
      possible.getByText(
        "You can still deposit KSh 5,000 this week. Your own limit is KSh 20,000 a week.",
      ),
    ).toBeVisible();
    expect(possible.getByText("KSh 498,500 left")).toBeVisible();
    expect(possible.getByText("KSh 1,500 of KSh 500,000 used")).toBeVisible();
    expect(possible.getByText("KSh 15,000 of KSh 20,000 used")).toBeVisible();
    expect(possible.getByText("KSh 1 to KSh 150,000")).toBeVisible();
    // Who is verified at the basic level has nothing left to confirm.
    expect(possible.getByText(/ask our support for the full one/)).toBeVisible();
    expect(screen.queryByRole("link", { name: "Confirm my identity" })).toBeNull();
  });

  it("tells that identity comes first, with the limits that apply then and no tier", async () => {
    api.limits = {
      ...api.limits,
      refused_by: "identity_needed",
      identity_required: true,
      own_daily_limit: 2000,
    };
    renderPage(<LimitsView />);
    const later = await card("What your limits will allow");
    expect(later.getByText(/Until then no deposit is possible/)).toBeVisible();
    expect(later.getByRole("link", { name: "Confirm my identity" })).toHaveAttribute(
      "href",
      "/identity",
    );
    expect(later.getAllByRole("definition").map(({ textContent }) => textContent)).toEqual([
      "KSh\u00a01 to KSh\u00a0150,000",
      "KSh\u00a02,000",
    ]);
    expect(screen.queryByText(/You can/)).not.toBeInTheDocument();
    expect(screen.queryByText("Full")).not.toBeInTheDocument();
  });

  it("offers no identity check to a customer whose details are being checked", async () => {
    api.limits = { ...api.limits, refused_by: "identity_checking", identity_required: true };
    renderPage(<LimitsView />);
    const later = await card("What your limits will allow");
    expect(later.getByText("We are checking your identity")).toBeVisible();
    expect(later.queryByRole("link", { name: "Confirm my identity" })).toBeNull();
  });

  it("promises no amount during a cool-off", async () => {
    const deposits_again_at = new Date(Date.now() + 86_400_000).toISOString();
    api.limits = { ...api.limits, refused_by: "cool_off", deposits_again_at, most_now: 0 };
    renderPage(<LimitsView />);
    expect(await screen.findByText("You are in a cool-off")).toBeVisible();
    expect(screen.queryByText(/You can deposit|You can still deposit/)).toBeNull();
  });

  it("shows the customer's own daily cap where that is lower", async () => {
    api.limits = { ...api.limits, own_daily_limit: 2000, used_today: 6199, remaining_today: 0 };
    renderPage(<LimitsView />);
    const possible = await card("What your limits allow");
    expect(possible.getByText(/Your own limit is KSh 2,000 a day/)).toBeVisible();
    expect(possible.getByText("Today, by your own limit")).toBeVisible();
    expect(possible.getByText("KSh 6,199 of KSh 2,000 used")).toBeVisible();
    expect(possible.getByText("KSh 0 left")).toBeVisible();
  });

  it("lowers a cap at once", async () => {
    const { user } = renderPage(<LimitsView />);
    const caps = await card("Your own limits");
    await user.type(caps.getByLabelText("Per day, in KSh"), "5000");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));
    expect(await caps.findByText(/It applies from now on/)).toBeVisible();
    expect(account.sent[0]?.body).toEqual({ daily_cap: 5000, weekly_cap: null });
    expect(caps.getByLabelText("Per day, in KSh")).toHaveAccessibleDescription(
      /Now: KSh\u00a05,000/,
    );
    expect(caps.getByLabelText("Per day, in KSh")).toHaveValue("5,000");
  });

  it("shows a raised cap as waiting, and lets it be taken back", async () => {
    account.own = { ...account.own, daily_cap: 1000 };
    const { user } = renderPage(<LimitsView />);
    const caps = await card("Your own limits");
    const day = caps.getByLabelText("Per day, in KSh");
    await user.clear(day);
    await user.type(day, "5000");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));

    expect(await caps.findByText(/Per day: KSh 5,000. Per week: No limit./)).toBeVisible();
    expect(caps.getByText(/The higher limit applies after 24 hours/)).toBeVisible();
    expect(day).toHaveAccessibleDescription(/Now: KSh\u00a01,000/);

    await user.click(caps.getByRole("button", { name: "Keep my current limits" }));
    await vi.waitFor(() => {
      expect(caps.queryByText(/Per day: KSh 5,000/)).not.toBeInTheDocument();
    });
    expect(account.sent.at(-1)?.body).toEqual({ daily_cap: 1000, weekly_cap: null });
    expect(day).toHaveValue("1,000");
  });

  it("sends nothing when nothing has changed, or a week is less than a day", async () => {
    const { user } = renderPage(<LimitsView />);
    const caps = await card("Your own limits");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));
    expect(caps.getByText("Nothing has changed.")).toBeVisible();
    await user.type(caps.getByLabelText("Per day, in KSh"), "5000");
    await user.type(caps.getByLabelText("Per week, in KSh"), "500");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));
    expect(caps.getByLabelText("Per week, in KSh")).toHaveAccessibleDescription(
      /must not be below/,
    );
    expect(account.sent).toEqual([]);
  });

  it("never reads cents as shillings, nor a malformed amount as no cap", async () => {
    const { user } = renderPage(<LimitsView />);
    const caps = await card("Your own limits");
    await user.type(caps.getByLabelText("Per day, in KSh"), "500.50");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));
    expect(caps.getByLabelText("Per day, in KSh")).toHaveAccessibleDescription(
      /Only whole shillings/,
    );
    expect(account.sent).toEqual([]);

    await user.clear(caps.getByLabelText("Per day, in KSh"));
    await user.type(caps.getByLabelText("Per day, in KSh"), "5,000.00");
    await user.click(caps.getByRole("button", { name: "Save my limits" }));
    expect(await caps.findByText(/It applies from now on/)).toBeVisible();
    expect(account.sent[0]?.body).toEqual({ daily_cap: 5000, weekly_cap: null });
  });

  it("starts a cool-off in two steps", async () => {
    const { user } = renderPage(<LimitsView />);
    const pause = await card("Start a cool-off");
    await user.click(pause.getByRole("radio", { name: "7 days" }));
    await user.click(pause.getByRole("button", { name: "Start a cool-off" }));
    expect(account.sent).toEqual([]);
    expect(pause.getByRole("heading", { name: "No deposits for 7 days?" })).toHaveFocus();

    await user.click(pause.getByRole("button", { name: "Not now" }));
    await user.click(pause.getByRole("button", { name: "Start a cool-off" }));
    await user.click(pause.getByRole("button", { name: "Yes, start the cool-off" }));
    const password = pause.getByLabelText("Your password, to be sure it is you");
    expect(password).toHaveAccessibleDescription("Enter your password.");
    expect(account.sent).toEqual([]);
    await user.type(password, "kibeezy-demo");
    await user.click(pause.getByRole("button", { name: "Yes, start the cool-off" }));

    expect(await pause.findByText(/You are in a cool-off until/)).toBeVisible();
    expect(account.sent).toEqual([
      { path: "/api/limits/pause/", body: { days: 7, password: "kibeezy-demo" } },
    ]);
    expect(pause.getByRole("radio", { name: "1 day" })).toBeDisabled();
    expect(pause.getByRole("radio", { name: "30 days" })).toBeChecked();
    expect(pause.getByRole("button", { name: "Make it longer" })).toBeVisible();
  });

  it("starts a cool-off of a day without the password", async () => {
    const { user } = renderPage(<LimitsView />);
    const pause = await card("Start a cool-off");
    await user.click(pause.getByRole("button", { name: "Start a cool-off" }));
    expect(pause.queryByLabelText("Your password, to be sure it is you")).toBeNull();
    await user.click(pause.getByRole("button", { name: "Yes, start the cool-off" }));

    expect(await pause.findByText(/You are in a cool-off until/)).toBeVisible();
    expect(account.sent).toEqual([{ path: "/api/limits/pause/", body: { days: 1 } }]);
  });

  it("excludes only with the password, and tells why not", async () => {
    const { user } = renderPage(<LimitsView />);
    const exclusion = await card("Self-exclusion");
    await user.click(exclusion.getByRole("radio", { name: "1 year" }));
    await user.click(exclusion.getByRole("button", { name: "Continue" }));
    expect(exclusion.getByText(/you cannot end or shorten it/)).toBeVisible();
    await user.click(exclusion.getByRole("button", { name: "Yes, exclude me" }));
    const password = exclusion.getByLabelText("Your password, to be sure it is you");
    expect(password).toHaveAccessibleDescription("Enter your password.");
    expect(account.sent).toEqual([]);

    server.use(
      http.post(
        "*/api/limits/self-exclusion/",
        () =>
          envelope(400, "validation_error", "Check the fields.", {
            fields: { password: ["That is not your password."] },
          }),
        { once: true },
      ),
    );
    await user.type(password, "kibeezy-demo");
    await user.click(exclusion.getByRole("button", { name: "Yes, exclude me" }));
    expect(await exclusion.findByText("That is not your password.")).toBeVisible();

    await user.click(exclusion.getByRole("button", { name: "Yes, exclude me" }));
    expect(await exclusion.findByText(/You have excluded yourself until/)).toBeVisible();
    expect(account.sent).toEqual([
      { path: "/api/limits/self-exclusion/", body: { months: 12, password: "kibeezy-demo" } },
    ]);
  });

  it("offers nothing shorter than what is in force", async () => {
    const far = new Date(Date.now() + 6 * 366 * 86_400_000).toISOString();
    account.own = { ...account.own, paused_until: far, excluded_until: far };
    renderPage(<LimitsView />);
    const exclusion = await card("Self-exclusion");
    expect(exclusion.getByText("What you have already chosen lasts longer.")).toBeVisible();
    expect(exclusion.queryByRole("button")).not.toBeInTheDocument();
    expect((await card("Start a cool-off")).queryByRole("radio")).not.toBeInTheDocument();
  });

  it("speaks Kiswahili", async () => {
    renderPage(<LimitsView />, "sw");
    expect(await screen.findByRole("heading", { name: "Kujizuia" })).toBeVisible();
  });
});
