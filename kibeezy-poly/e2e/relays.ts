/** Small servers between browser, page and API, for scenarios of slow, cached and cut connections. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export type Relay = { origin: string; close: () => void };

type Options = {
  /** Milliseconds to wait before a request is passed on; null: it is never answered. */
  delay?: (request: IncomingMessage) => number | null;
  /** Cut every connection while this is true, as a service that is down. */
  isDown?: () => boolean;
  /** Keep and give answers as an HTTP cache does that may share them (RFC 9111). */
  caches?: boolean;
};

type Kept = { status: number; headers: IncomingMessage["headers"]; body: Buffer };

/** Passes every request to `target`, under the Host that it was sent to. */
export async function relay(target: string, options: Options = {}): Promise<Relay> {
  const kept = new Map<string, Kept>();
  const server = createServer((incoming, outgoing) => {
    const key = `${incoming.method ?? ""} ${incoming.url ?? ""}`;
    const stored = kept.get(key);
    if (stored !== undefined) {
      outgoing.writeHead(stored.status, { ...stored.headers, "x-cache": "hit" }).end(stored.body);
      return;
    }
    if (options.isDown?.() === true) {
      incoming.socket.destroy();
      return;
    }
    const wait = options.delay?.(incoming) ?? (options.delay === undefined ? 0 : null);
    if (wait === null) return;
    setTimeout(() => {
      const { method, headers } = incoming;
      const { hostname, port } = new URL(target);
      const passed = request({ hostname, port, path: incoming.url, method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => {
          parts.push(part);
          outgoing.write(part);
        });
        answer.on("end", () => {
          outgoing.end();
          if (options.caches !== true || !mayKeep(method, answer.headers)) return;
          const status = answer.statusCode ?? 502;
          const { "transfer-encoding": _, ...rest } = answer.headers;
          kept.set(key, { status, headers: rest, body: Buffer.concat(parts) });
        });
      });
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
    }, wait);
  });
  return {
    origin: await listen(server),
    close: () => {
      server.close().closeAllConnections();
    },
  };
}

function mayKeep(method: string | undefined, headers: IncomingMessage["headers"]): boolean {
  return method === "GET" && !/no-store|private/.test(headers["cache-control"] ?? "");
}

/** Starts the built page once more, with this API behind it. */
export async function startPage(api: string, env: Record<string, string> = {}): Promise<Relay> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${String(port)}`;
  const script = join(import.meta.dirname, "..", "scripts", "start.mjs");
  const server: ChildProcess = spawn(process.execPath, [script], {
    env: { ...process.env, WEB_PORT: String(port), API_ORIGIN: api, ...env },
    stdio: "ignore",
  });
  for (let tries = 0; tries < 150; tries += 1) {
    if ((await fetch(`${origin}/login`).catch(() => null))?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { origin, close: () => server.kill() };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  const { port } = new URL(await listen(probe));
  await new Promise((resolve) => probe.close(resolve));
  return Number(port);
}
