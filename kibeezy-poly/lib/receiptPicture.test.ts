import { beforeEach, describe, expect, it, vi } from "vitest";
import { drawReceipt } from "@/lib/receiptPicture";

/** jsdom draws nothing: the pen notes what is written. */
let written: string[] = [];
let size = { width: 0, height: 0 };

beforeEach(() => {
  written = [];
  const pen = {
    fillRect: vi.fn(),
    fillText: (text: string) => written.push(text),
    createLinearGradient: () => ({ addColorStop: vi.fn() }),
  };
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    () => pen as unknown as RenderingContext,
  );
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation(function (
    this: HTMLCanvasElement,
    done,
  ) {
    size = { width: this.width, height: this.height };
    done(new Blob(["x"]));
  });
});

const receipt = {
  amount: "KSh\u00a0500",
  title: "Added from M\u2011PESA",
  lines: [
    ["M\u2011PESA code", "UKT7M2QX9D"],
    ["From", "07** **5 678"],
  ],
  stamp: "Mock",
} as const;

describe("the picture of a receipt", () => {
  it("has everything that the receipt says", async () => {
    const file = await drawReceipt(receipt);
    expect(file?.type).toBe("image/png");
    expect(written).toEqual([
      "Kibeezy",
      receipt.amount,
      receipt.title,
      ...receipt.lines.flat(),
      "Mock",
    ]);
  });

  it("has no stamp in production, and the height of its lines", async () => {
    await drawReceipt(receipt);
    const stamped = size.height;
    await drawReceipt({ ...receipt, stamp: null });
    expect(written.at(-1)).toBe("07** **5 678");
    expect(size.height).toBeLessThan(stamped);
  });

  it("is none where the browser cannot draw", async () => {
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
    expect(await drawReceipt(receipt)).toBeNull();
    vi.restoreAllMocks();
  });

  it("is none where the browser makes no file of it", async () => {
    vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) => {
      done(null);
    });
    expect(await drawReceipt(receipt)).toBeNull();
  });
});
