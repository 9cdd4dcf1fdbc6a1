// Starts the built page as in production, so that its responses are measured as they are sent.
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";

/** Starts the built server on a free port, and calls `work` with its address. */
export async function withBuiltPage(work) {
  const port = await findFreePort();
  const env = { ...process.env, WEB_PORT: String(port), WEB_HOST: "127.0.0.1" };
  const server = spawn(process.execPath, ["scripts/start.mjs"], { env, stdio: "ignore" });
  try {
    const origin = `http://127.0.0.1:${port}`;
    await waitUntilReady(origin);
    return await work(origin);
  } finally {
    server.kill();
  }
}

/** Every page of the build, except those that only redirect. */
export async function listPages() {
  const routes = JSON.parse(await readFile(".next/app-path-routes-manifest.json", "utf8"));
  return Object.entries(routes)
    .filter(([file, path]) => file.endsWith("/page") && path !== "/" && !path.startsWith("/_"))
    .map(([, path]) => path.replaceAll(/\[[^\]]+\]/g, "1"))
    .sort();
}

/** Every script and style of the build. */
export async function listChunks() {
  const names = await readdir(".next/static/chunks", { recursive: true });
  return names
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => `/_next/static/chunks/${name}`);
}

// Without a session's cookie the server leads to log in. No API runs here: the page has no balance.
const COOKIE = "sessionid=of-nobody";

/** Fetches a file: its body as sent, still compressed, and its encoding. */
export function download(address, accepted = "gzip") {
  return new Promise((resolve, reject) => {
    get(address, { headers: { "Accept-Encoding": accepted, Cookie: COOKIE } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const body = Buffer.concat(parts);
        resolve({
          status: answer.statusCode,
          compressed: answer.headers["content-encoding"] === "gzip",
          encoding: answer.headers["content-encoding"],
          type: answer.headers["content-type"],
          cached: /immutable/.test(answer.headers["cache-control"] ?? ""),
          body,
        });
      });
    }).on("error", reject);
  });
}

async function waitUntilReady(origin) {
  for (let tries = 0; tries < 150; tries += 1) {
    const answer = await fetch(`${origin}/login`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The built page did not start: run `npm run build` first.");
}

function findFreePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
