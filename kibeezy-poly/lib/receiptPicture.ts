/**
 * Draws a receipt as a picture, for messengers that show pictures larger than text. Nothing is
 * fetched: the font is the phone's own.
 */
import type { Line } from "@/lib/receipt";

export type ReceiptPicture = {
  /** The sum, the largest text. */
  amount: string;
  /** What happened, under the sum. */
  title: string;
  lines: readonly Line[];
  /** Says on the picture that no real money moved; null in production. */
  stamp: string | null;
};

const WIDTH = 720;
const EDGE = 48;
const HEAD = 300;
const ROW = 76;
const FONT = "system-ui, Roboto, sans-serif";
const THREADS = [
  ["#8ce8bd", 4],
  ["#fbc94a", 8],
  ["#ef6b47", 4],
] as const;

/** The picture as PNG; null where the browser cannot draw one. */
export function drawReceipt(picture: ReceiptPicture): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEAD + picture.lines.length * ROW + EDGE + (picture.stamp === null ? 0 : ROW);
  const pen = canvas.getContext("2d");
  if (pen === null) return Promise.resolve(null);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, WIDTH, canvas.height);
  drawHead(pen, picture);
  drawLines(pen, picture.lines);
  if (picture.stamp !== null) drawStamp(pen, picture.stamp, canvas.height - ROW);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => {
      resolve(blob === null ? null : new File([blob], "kibeezy.png", { type: "image/png" }));
    }, "image/png");
  });
}

type Pen = CanvasRenderingContext2D;

function write(pen: Pen, text: string, x: number, y: number, font: string, colour: string): void {
  pen.font = `${font} ${FONT}`;
  pen.fillStyle = colour;
  // Text that is too long is narrowed, and never leaves the picture.
  pen.fillText(text, x, y, WIDTH - 2 * EDGE);
}

function drawHead(pen: Pen, { amount, title }: ReceiptPicture): void {
  const cloth = pen.createLinearGradient(0, 0, WIDTH / 3, HEAD);
  cloth.addColorStop(0, "#0c6c49");
  cloth.addColorStop(1, "#053e2c");
  pen.fillStyle = cloth;
  pen.fillRect(0, 0, WIDTH, HEAD - 24);
  let y = HEAD - 52;
  for (const [colour, height] of THREADS) {
    pen.fillStyle = colour;
    pen.fillRect(0, y, WIDTH, height);
    y += height + 2;
  }
  pen.textAlign = "left";
  write(pen, "Kibeezy", EDGE, 72, "700 32px", "#d3f0e2");
  write(pen, amount, EDGE, 164, "700 76px", "#ffffff");
  write(pen, title, EDGE, 216, "500 30px", "#d3f0e2");
}

function drawLines(pen: Pen, lines: readonly Line[]): void {
  lines.forEach(([label, value], index) => {
    const y = HEAD + index * ROW;
    if (index > 0) {
      pen.fillStyle = "#dde3db";
      pen.fillRect(EDGE, y, WIDTH - 2 * EDGE, 2);
    }
    pen.textAlign = "left";
    write(pen, label, EDGE, y + 48, "400 28px", "#4b5951");
    pen.textAlign = "right";
    write(pen, value ?? "", WIDTH - EDGE, y + 48, "600 28px", "#0e1b14");
  });
}

function drawStamp(pen: Pen, stamp: string, y: number): void {
  pen.fillStyle = "#ffce45";
  pen.fillRect(0, y, WIDTH, ROW);
  pen.textAlign = "center";
  write(pen, stamp, WIDTH / 2, y + 48, "600 28px", "#2a1d00");
}
