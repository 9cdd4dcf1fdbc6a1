/**
 * Brotli compression of scripts and styles: the build writes a compressed copy beside each file,
 * and browsers that accept Brotli get the copy.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";

const TYPES = { js: "application/javascript", css: "text/css" };
const SUFFIXES = Object.keys(TYPES) as (keyof typeof TYPES)[];
const CHUNKS = "static/chunks";
const compress = promisify(brotliCompress);

export async function layBrotliCopies(buildDirectory: string): Promise<void> {
  const directory = join(buildDirectory, CHUNKS);
  const names = await readdir(directory, { recursive: true });
  const wanted = names.filter((name) => SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`)));
  await Promise.all(
    wanted.map(async (name) => {
      const path = join(directory, name);
      await writeFile(`${path}.br`, await compress(await readFile(path)));
    }),
  );
}

/**
 * Matches requests that accept `br` without a weight (`;q=`); a browser that sends a weight gets
 * gzip from Next.
 */
const route = (suffix: string) => ({
  source: `/_next/${CHUNKS}/:path*.${suffix}`,
  has: [{ type: "header" as const, key: "accept-encoding", value: "(?:.*,\\s*)?br(?:\\s*,.*)?" }],
});

export const brotliRewrites = SUFFIXES.map((suffix) => ({
  ...route(suffix),
  destination: `/_next/${CHUNKS}/:path*.${suffix}.br`,
}));

/**
 * Headers of the copies: without them a copy would have the media type of `.br` and be declared
 * uncompressed.
 */
export const brotliHeaders = SUFFIXES.map((suffix) => ({
  ...route(suffix),
  headers: [
    { key: "Content-Type", value: `${TYPES[suffix]}; charset=utf-8` },
    { key: "Content-Encoding", value: "br" },
    { key: "Vary", value: "Accept-Encoding" },
  ],
}));
