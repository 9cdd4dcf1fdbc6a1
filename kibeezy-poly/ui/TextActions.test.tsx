import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPage } from "@/test/render";
import { TextActions } from "@/ui/TextActions";

type Shared = { text: string; files?: File[] };

function givePhone({ files = true, isClosed = false } = {}) {
  const share = vi.fn((_: Shared) =>
    isClosed ? Promise.reject(new DOMException("Closed", "AbortError")) : Promise.resolve(),
  );
  const canShare = vi.fn(() => files);
  Object.assign(navigator, { share, canShare });
  return share;
}

afterEach(() => {
  Reflect.deleteProperty(navigator, "share");
  Reflect.deleteProperty(navigator, "canShare");
});

const PNG = new File(["x"], "kibeezy.png", { type: "image/png" });
const RECEIPT = "Kibeezy\nAdded: KSh 500";

async function tapShare(picture?: () => Promise<File | null>) {
  const { user } = renderPage(
    <TextActions
      text={RECEIPT}
      copyLabel="Copy"
      printable
      {...(picture === undefined ? {} : { picture })}
    />,
  );
  await user.click(screen.getByRole("button", { name: "Share" }));
}

describe("sharing a receipt", () => {
  it("shares text and picture", async () => {
    const share = givePhone();
    await tapShare(() => Promise.resolve(PNG));
    await waitFor(() => {
      expect(share).toHaveBeenCalledWith({ text: RECEIPT, files: [PNG] });
    });
  });

  it.each<[string, boolean, (() => Promise<File | null>) | undefined]>([
    ["takes no files", false, () => Promise.resolve(PNG)],
    ["draws no picture", true, () => Promise.resolve(null)],
    ["could not load its code", true, () => Promise.reject(new Error("offline"))],
    ["is given none", true, undefined],
  ])("shares the text alone where the phone %s", async (_, files, picture) => {
    const share = givePhone({ files });
    await tapShare(picture);
    await waitFor(() => {
      expect(share).toHaveBeenCalledWith({ text: RECEIPT });
    });
  });

  it("takes a closed share sheet for no error", async () => {
    const share = givePhone({ isClosed: true });
    await tapShare();
    await waitFor(() => {
      expect(share).toHaveBeenCalledOnce();
    });
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("leads to WhatsApp with the whole text, and saves the picture, without the phone's share", async () => {
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      saved.push(this.download);
    });
    Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: vi.fn() });
    const { user } = renderPage(
      <TextActions
        text={RECEIPT}
        copyLabel="Copy"
        printable
        picture={() => Promise.resolve(PNG)}
      />,
    );
    const link = screen.getByRole<HTMLAnchorElement>("link", { name: "WhatsApp" });
    expect(new URL(link.href).searchParams.get("text")).toBe(RECEIPT);
    await user.click(screen.getByRole("button", { name: "Save picture" }));
    await waitFor(() => {
      expect(saved).toEqual(["kibeezy.png"]);
    });
  });
});
