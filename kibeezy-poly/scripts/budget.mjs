// Weighs the built wallet page as a browser would first load it; exits with 1 when it is too heavy.
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";

const KIB = 1024;
const LIMITS = { "first-load JS": 160 * KIB, CSS: 12 * KIB, "deposit chunk": 25 * KIB };
// A sentence of the deposit sheet: whichever file holds it is the deposit's own.
const DEPOSIT_MARK = "Deposit with M-Pesa";
const CHUNKS = ".next/static/chunks/";

const html = await fetchPage("/wallet");
const scripts = [...html.matchAll(/<script\b[^>]*>/g)]
  .map(([tag]) => tag)
  .filter((tag) => !/\bnomodule\b/i.test(tag))
  .flatMap((tag) => /src="\/_next\/static\/chunks\/([^"?]+)/.exec(tag)?.[1] ?? []);
const styles = [
  ...html.matchAll(/<link rel="stylesheet" href="\/_next\/static\/chunks\/([^"?]+)/g),
].map(([, name]) => name);
if (scripts.length === 0 || styles.length === 0)
  fail("The page names no scripts or no styles: has its markup changed?");

const firstLoad = [...new Set(scripts)];
const deposit = await findDepositChunks();
if (deposit.length === 0) fail("No chunk holds the deposit sheet: has its title changed?");
if (deposit.some((name) => firstLoad.includes(name)))
  fail("The deposit sheet is part of the first load; it must come on intent.");

const sizes = {
  "first-load JS": await weigh(firstLoad),
  CSS: await weigh([...new Set(styles)]),
  "deposit chunk": await weigh(deposit),
};
let heavy = false;
for (const [name, size] of Object.entries(sizes)) {
  const over = size > LIMITS[name];
  heavy ||= over;
  const figures = `${(size / KIB).toFixed(1)} of ${(LIMITS[name] / KIB).toFixed(0)} KiB gzip`;
  process.stdout.write(`${over ? "OVER" : "ok  "}  ${name}: ${figures}\n`);
}
process.exit(heavy ? 1 : 0);

async function findDepositChunks() {
  const names = (await readdir(CHUNKS)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(names.map((name) => readFile(CHUNKS + name, "utf8")));
  return names.filter((_, index) => texts[index].includes(DEPOSIT_MARK));
}

async function weigh(names) {
  const files = await Promise.all(names.map((name) => readFile(CHUNKS + name)));
  return files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
}

async function fetchPage(path) {
  const port = await findFreePort();
  const env = { ...process.env, WEB_PORT: String(port), WEB_HOST: "127.0.0.1" };
  const server = spawn(process.execPath, ["scripts/start.mjs"], { env, stdio: "ignore" });
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
      if (answer?.ok) return await answer.text();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return fail("The built page did not start: run `npm run build` first.");
  } finally {
    server.kill();
  }
}

function findFreePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
