// Runs after a build: copies the static files to Next's standalone server, because Next does not.
import { cp } from "node:fs/promises";

await cp(".next/static", ".next/standalone/.next/static", { recursive: true });
await cp("public", ".next/standalone/public", { recursive: true });
