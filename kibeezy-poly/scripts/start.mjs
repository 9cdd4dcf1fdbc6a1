// Starts the built server on WEB_PORT; it stays in this process, so that signals reach it.
import { existsSync } from "node:fs";

const server = new URL("../.next/standalone/server.js", import.meta.url);
if (!existsSync(server)) {
  process.stderr.write("There is no build yet: run `npm run build` first.\n");
  process.exit(1);
}
process.env.PORT = process.env.WEB_PORT ?? "3000";
// Containers set HOSTNAME to their own name, so it cannot say where to listen.
process.env.HOSTNAME = process.env.WEB_HOST ?? "127.0.0.1";
await import(server.href);
