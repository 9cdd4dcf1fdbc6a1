// Measures an empty page under the same versions of Next and React; it is built once per lock file.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { findScripts } from "./markup.mjs";

// `next build` empties `.next` except for this folder.
const HOME = ".next/cache/empty-page";
const FILES = {
  "package.json": '{ "private": true, "type": "module" }\n',
  "next.config.mjs": "export default { turbopack: { root: process.env.EMPTY_PAGE_ROOT } };\n",
  "app/layout.jsx":
    'export default function Layout({ children }) {\n  return <html lang="en"><body>{children}</body></html>;\n}\n',
  "app/page.jsx": "export default function Page() {\n  return <p>Empty</p>;\n}\n",
};

/** The size of the empty page's first-load JavaScript in bytes, gzipped. */
export async function weighEmptyPage() {
  const key = await digest();
  const stored = join(HOME, `${key}.json`);
  const known = await readFile(stored, "utf8").catch(() => null);
  if (known !== null) return JSON.parse(known).scripts;
  await build();
  const scripts = await weigh();
  await writeFile(stored, JSON.stringify({ scripts }));
  return scripts;
}

async function digest() {
  const hash = createHash("sha256").update(JSON.stringify(FILES));
  hash.update(await readFile("package-lock.json"));
  return hash.digest("hex").slice(0, 16);
}

async function build() {
  await rm(HOME, { recursive: true, force: true });
  await mkdir(join(HOME, "app"), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(HOME, name), text);
  const next = resolve("node_modules/next/dist/bin/next");
  const built = spawnSync(process.execPath, [next, "build"], {
    cwd: HOME,
    env: { ...process.env, EMPTY_PAGE_ROOT: resolve("."), NEXT_TELEMETRY_DISABLED: "1" },
    encoding: "utf8",
  });
  if (built.status !== 0)
    throw new Error(`The empty page does not build:\n${built.stdout}\n${built.stderr}`);
}

async function weigh() {
  const names = findScripts(await readFile(join(HOME, ".next/server/app/index.html"), "utf8"));
  if (names.length === 0) throw new Error("The empty page names no scripts.");
  const files = await Promise.all(
    names.map((name) => readFile(join(HOME, name.replace("/_next/", ".next/")))),
  );
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0);
}
