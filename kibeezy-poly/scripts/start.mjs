// Starts the built server on WEB_PORT, in this process, so that the process's signals reach the
// server.
import { existsSync } from "node:fs";

const server = new URL("../.next/standalone/server.js", import.meta.url);
if (!existsSync(server)) {
  process.stderr.write("There is no build yet: run `npm run build` first.\n");
  process.exit(1);
}
process.env.PORT = process.env.WEB_PORT ?? "3000";
// HOSTNAME cannot be the address to listen on, because containers set it to their own name.
process.env.HOSTNAME = process.env.WEB_HOST ?? "127.0.0.1";
// Node closes a connection after 5 s without a request; a request that arrives at that moment is
// lost. The proxy in front keeps idle connections for 20 s (deploy/Caddyfile), so Node must wait
// longer than that.
process.env.KEEP_ALIVE_TIMEOUT = "65000";
await import(server.href);
