// Starts the built server on WEB_PORT, in this process, so that signals reach it.
import { existsSync } from "node:fs";

const server = new URL("../.next/standalone/server.js", import.meta.url);
if (!existsSync(server)) {
  process.stderr.write("There is no build yet: run `npm run build` first.\n");
  process.exit(1);
}
process.env.PORT = process.env.WEB_PORT ?? "3000";
// Containers set HOSTNAME to their own name, so it cannot be the address to listen on.
process.env.HOSTNAME = process.env.WEB_HOST ?? "127.0.0.1";
// Node closes a connection that was idle for 5 s, and a request that is just being sent is then lost. The
// proxy in front keeps connections for 20 s (deploy/Caddyfile), so it must always be the one that closes.
process.env.KEEP_ALIVE_TIMEOUT = "65000";
await import(server.href);
