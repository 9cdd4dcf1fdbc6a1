// Measures the first load of one page, file by file, in bytes as sent.
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { download } from "./builtPage.mjs";
import { findDrawings, findFonts, findImages, findLaterScripts } from "./markup.mjs";
import { findScripts, findStyles } from "./markup.mjs";

const known = new Map();

/**
 * Measures a file of the build, fetched once; throws if it is sent uncompressed or not cacheable.
 */
async function weighFile(origin, path) {
  if (!known.has(path)) known.set(path, load(origin, path));
  return known.get(path);
}

async function load(origin, path) {
  const { status, compressed, cached, body } = await download(new URL(path, origin));
  if (status !== 200) throw new Error(`${path} answers ${status}.`);
  if (!compressed && body.length > 2048 && /\.(js|css|svg)/.test(path))
    throw new Error(`${path} is sent uncompressed.`);
  if (!cached && path.startsWith("/_next/static/"))
    throw new Error(`${path} may not be cached by the browser.`);
  return { size: body.length, text: (compressed ? gunzipSync(body) : body).toString("utf8") };
}

// The Accept-Encoding header that browsers send.
const BROWSER_TAKES = "gzip, deflate, br, zstd";

/**
 * The total size of these files' Brotli copies; throws if a copy is missing or differs from its
 * file.
 */
export async function weighBrotli(origin, paths) {
  const sizes = await Promise.all(
    paths.map(async (path) => {
      const { encoding, type, cached, body } = await download(new URL(path, origin), BROWSER_TAKES);
      const plain = await weighFile(origin, path);
      if (!cached || encoding !== "br" || !/^(application\/javascript|text\/css);/.test(type))
        throw new Error(`${path} is sent as ${type}, ${encoding}, to a browser that takes Brotli.`);
      if (brotliDecompressSync(body).toString("utf8") !== plain.text)
        throw new Error(`The Brotli copy of ${path} is of something else.`);
      return body.length;
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

async function sum(origin, paths) {
  const files = await Promise.all(paths.map((path) => weighFile(origin, path)));
  return {
    size: files.reduce((total, file) => total + file.size, 0),
    text: files.map(({ text }) => text).join("\n"),
  };
}

/** Measures a page's first load; null for a page that only redirects. */
export async function weighPage(origin, path) {
  const { status, compressed, body } = await download(origin + path);
  if (status >= 300 && status < 400) return null;
  if (status !== 200 || !compressed)
    throw new Error(`${path} answers ${status}, raw or not at all.`);
  const html = gunzipSync(body).toString("utf8");
  const scripts = findScripts(html);
  const styles = findStyles(html);
  if (scripts.length === 0 || styles.length === 0)
    throw new Error(`${path} names no scripts or no styles: has its markup changed?`);
  const [js, css] = await Promise.all([sum(origin, scripts), sum(origin, styles)]);
  const [fonts, images] = await Promise.all([
    sum(origin, findFonts(html, css.text)),
    sum(origin, findImages(html, css.text)),
  ]);
  return {
    html: body.length,
    scripts: js.size,
    files: scripts.length,
    css: css.size,
    fonts: fonts.size,
    images: images.size + gzipSync(findDrawings(html)).length,
    names: scripts,
    styles,
    text: js.text,
  };
}

/**
 * Measures the scripts that a page loads on demand and that contain `mark`, and the scripts that
 * these load. Those of them that contain `innerMark`, loaded later still, are measured apart.
 */
export async function weighLater(origin, page, mark, innerMark = null) {
  const [own, inner] = [new Set(page.names), new Set()];
  for (const group of findLaterScripts(page.text)) {
    const files = await sum(origin, group);
    if (!files.text.includes(mark)) continue;
    for (const name of group) own.add(name);
    for (const later of findLaterScripts(files.text)) {
      const { text } = await sum(origin, later);
      const isInner = innerMark !== null && text.includes(innerMark);
      for (const name of later) (isInner ? inner : own).add(name);
    }
  }
  return {
    ...(await weighNames(origin, own, page.names)),
    inner: await weighNames(origin, inner, [...own]),
  };
}

async function weighNames(origin, found, known) {
  const names = [...found].filter((name) => !known.includes(name));
  return { size: (await sum(origin, names)).size, files: names.length };
}
