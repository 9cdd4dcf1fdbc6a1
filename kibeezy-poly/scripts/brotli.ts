/** Brotli for the page's scripts and styles: a copy is laid beside each after the build, and sent to whoever takes it. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";

const TYPES = { js: "application/javascript", css: "text/css" };
const ENDINGS = Object.keys(TYPES) as (keyof typeof TYPES)[];
const CHUNKS = "static/chunks";
const compress = promisify(brotliCompress);

export async function layBrotliCopies(buildDirectory: string): Promise<void> {
  const directory = join(buildDirectory, CHUNKS);
  const names = await readdir(directory, { recursive: true });
  const wanted = names.filter((name) => ENDINGS.some((ending) => name.endsWith(`.${ending}`)));
  await Promise.all(
    wanted.map(async (name) => {
      const path = join(directory, name);
      await writeFile(`${path}.br`, await compress(await readFile(path)));
    }),
  );
}

/** A browser that names `br` without a weight; one that weighs it gets Next's own gzip. */
const route = (ending: string) => ({
  source: `/_next/${CHUNKS}/:path*.${ending}`,
  has: [{ type: "header" as const, key: "accept-encoding", value: "(?:.*,\\s*)?br(?:\\s*,.*)?" }],
});

export const brotliRewrites = ENDINGS.map((ending) => ({
  ...route(ending),
  destination: `/_next/${CHUNKS}/:path*.${ending}.br`,
}));

/** Without these a copy would be sent as what its own name says, and as if it were plain. */
export const brotliHeaders = ENDINGS.map((ending) => ({
  ...route(ending),
  headers: [
    { key: "Content-Type", value: `${TYPES[ending]}; charset=utf-8` },
    { key: "Content-Encoding", value: "br" },
    { key: "Vary", value: "Accept-Encoding" },
  ],
}));
