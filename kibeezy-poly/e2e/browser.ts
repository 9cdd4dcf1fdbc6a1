/** Finds a browser: the one that is named, one that is installed, else the one that npm brought along. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import carried from "@sparticuz/chromium";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// A test browser calls nobody but the page.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

type Browser = { executablePath: string; args: string[] };

export async function findBrowser(): Promise<Browser> {
  // Chromium refuses its sandbox to root, which containers usually are.
  const args = process.getuid?.() === 0 ? [...QUIET, "--no-sandbox"] : QUIET;
  const installed = process.env.CHROMIUM_PATH ?? findInstalled();
  if (installed !== undefined) return { executablePath: installed, args };
  return { executablePath: await carried.executablePath(), args: [...carried.args, ...args] };
}

function findInstalled(): string | undefined {
  const directories = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(
    (path) => existsSync(path),
  );
}
