// Finds in a page's markup the files that a browser loads for it.

const tags = (html, name) =>
  [...html.matchAll(new RegExp(`<${name}\\b[^>]*>`, "g"))].map(([tag]) => tag);
const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]+)"`).exec(tag)?.[1] ?? null;
const unique = (values) => [...new Set(values.filter((value) => value !== null))];

/** The page's scripts, without the `noModule` polyfill: no browser that runs this page loads it. */
export function findScripts(html) {
  const wanted = tags(html, "script").filter((tag) => !/\bnomodule\b/i.test(tag));
  return unique(wanted.map((tag) => attribute(tag, "src")));
}

export function findStyles(html) {
  return unique(
    tags(html, "link")
      .filter((tag) => attribute(tag, "rel") === "stylesheet")
      .map((tag) => attribute(tag, "href")),
  );
}

/** The fonts that the styles name or the page preloads. */
export function findFonts(html, css) {
  const ahead = tags(html, "link").filter((tag) => attribute(tag, "as") === "font");
  const named = [...css.matchAll(/url\(["']?([^"')]+\.(?:woff2?|ttf|otf)[^"')]*)/g)];
  return unique([...ahead.map((tag) => attribute(tag, "href")), ...named.map(([, url]) => url)]);
}

export function findImages(html, css) {
  const icons = tags(html, "link").filter((tag) => attribute(tag, "rel") === "icon");
  const named = [...css.matchAll(/url\(["']?([^"')]+\.(?:svg|png|jpe?g|webp|avif|gif)[^"')]*)/g)];
  return unique([
    ...tags(html, "img").map((tag) => attribute(tag, "src")),
    ...icons.map((tag) => attribute(tag, "href")),
    ...named.map(([, url]) => url),
  ]);
}

export function findDrawings(html) {
  return [...html.matchAll(/<svg\b.*?<\/svg>/gs)].map(([drawing]) => drawing).join("");
}

/** The groups of scripts that this script loads on demand. */
export function findLaterScripts(script) {
  return [...script.matchAll(/\[((?:"static\/chunks\/[^"]+",?)+)\]/g)].map(([, names]) =>
    names.match(/static\/chunks\/[^"]+/g).map((name) => `/_next/${name}`),
  );
}
