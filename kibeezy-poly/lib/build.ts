/** The build of the page that this server runs; for the server only. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

let build: Promise<string> | undefined;

/** The id that Next gave the build; empty while the page is developed, which has none. */
export function getBuild(): Promise<string> {
  // Both servers of Next, the built one too, run in the folder that holds `.next`.
  build ??= readFile(join(process.cwd(), ".next", "BUILD_ID"), "utf8").then(
    (id) => id.trim(),
    () => "",
  );
  return build;
}
