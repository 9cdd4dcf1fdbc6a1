/** Kills and restarts our API and worker during a scenario, through backend/devtools/keeper.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { expect } from "../customer";

const PROGRAMS = ["api", "worker"];
const UNREACHABLE = 502;

/**
 * Ends API and worker by SIGKILL, like a power cut: they finish no request and close no connection.
 */
export async function killOurSide(request: APIRequestContext): Promise<void> {
  signal("SIGUSR1");
  await expect.poll(() => askForTheWallet(request)).toBe(UNREACHABLE);
}

export async function startOurSide(request: APIRequestContext): Promise<void> {
  signal("SIGUSR2");
  await expect.poll(() => askForTheWallet(request), { timeout: 60_000 }).toBe(200);
}

function signal(name: NodeJS.Signals): void {
  const folder = process.env.KEEPERS;
  if (folder === undefined)
    throw new Error("This scenario needs the stack of `devtools.check e2e-sandbox`.");
  for (const program of PROGRAMS)
    process.kill(Number(readFileSync(join(folder, `${program}.pid`), "utf8")), name);
}

async function askForTheWallet(request: APIRequestContext): Promise<number> {
  return (await request.get("/api/wallet/")).status();
}
