import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { reload } from "@/lib/reload";
import { renderPage } from "@/test/render";
import { Later } from "@/ui/Later";

vi.mock("@/lib/reload", () => ({ reload: vi.fn() }));

describe("a part of a page that is loaded later", () => {
  it("is shown once its code has come", async () => {
    const load = vi.fn(() => Promise.resolve({ words: "Here it is" }));
    renderPage(<Later load={load}>{({ words }) => <p>{words}</p>}</Later>);
    expect(await screen.findByText("Here it is")).toBeVisible();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("says that there is no network, and loads the page afresh on a tap", async () => {
    const load = () => Promise.reject<{ words: string }>(new Error("gone"));
    const { user } = renderPage(<Later load={load}>{({ words }) => <p>{words}</p>}</Later>);
    expect(await screen.findByRole("alert")).toHaveTextContent("This phone cannot reach us.");
    expect(reload).not.toHaveBeenCalled();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(reload).toHaveBeenCalledTimes(1);
  });
});
