// Writes docs/frontend-budget.md from budget.json and the last measured figures. With --check it
// writes nothing, and compares everything except the figures.
import { readFile, writeFile } from "node:fs/promises";
import { readFigures } from "./budget/figures.mjs";

const DOCUMENT = "../docs/frontend-budget.md";
const LIMITS = JSON.parse(await readFile("budget.json", "utf8"));
const UNKNOWN = "–";

const kib = (bytes) => (bytes / 1024).toFixed(1);
const rounded = (ms, step) => String(Math.round(ms / step) * step);

/**
 * Rounds figures that differ with every build or machine, so that the document does not change
 * without reason.
 */
function describe(bytes, profile) {
  const { phone } = LIMITS;
  return `# What the page may weigh, and what it weighs

Made by \`make frontend-budget\` from \`kibeezy-poly/budget.json\` and a fresh measurement; do not edit.
\`make test\` measures the same and fails over a limit; how, and why so: [decision 0022](decisions/0022-measured-page.md).

## Bytes (KiB of gzip; scripts without the \`noModule\` polyfill)

An empty page of the same Next and React weighs ${bytes ? kib(bytes.empty) : UNKNOWN}. *Ours* is what a page has beyond it.

| | limit | ${bytes ? Object.keys(bytes.pages).join(" | ") : "pages"} |
| --- | --- | ${
    bytes
      ? Object.keys(bytes.pages)
          .map(() => "---")
          .join(" | ")
      : "---"
  } |
${row("first-load JavaScript", LIMITS.bytes.firstLoadKiB, bytes, "scripts")}
${row("of it ours", LIMITS.bytes.oursKiB, bytes, "ours")}
${row("CSS", LIMITS.bytes.cssKiB, bytes, "css")}
${row("fonts", LIMITS.bytes.fontsKiB, bytes, "fonts")}
${row("images", LIMITS.bytes.imagesKiB, bytes, "images")}

| on the wallet | limit | measured |
| --- | --- | --- |
| scripts and styles in Brotli, as nearly every browser takes them, KiB | reported | ${bytes ? kib(bytes.brotli) : UNKNOWN} |
| deposit sheet, KiB, fetched on intent | ${LIMITS.bytes.depositKiB} | ${bytes ? kib(bytes.deposit.size) : UNKNOWN} |
| views of a payment by hand, KiB, fetched when one is opened | ${LIMITS.bytes.byHandKiB} | ${bytes?.byHand ? kib(bytes.byHand.size) : UNKNOWN} |
| traffic of a whole deposit, both ways with headers, kB | ${LIMITS.traffic.depositKB} | ${profile ? (profile.traffic.total / 1000).toFixed(1) : UNKNOWN} |
| largest status answer, bytes | ${LIMITS.traffic.statusBytes} | ${profile ? profile.traffic.status : UNKNOWN} |

## On a slow phone (${phone.kbps} kbps, ${phone.rttMs} ms, CPU up to ${phone.cpuSlowdown}x slower)

| | limit | log-in page | wallet and a whole deposit |
| --- | --- | --- | --- |
${speed("usable after, ms", LIMITS.profile.usableMs, profile, ({ usableMs }) => rounded(usableMs, 100))}
${speed("layout shift", `under ${LIMITS.profile.layoutShift}`, profile, ({ layoutShift }) => layoutShift.toFixed(2))}
${speed("slowest answer to a tap (INP), ms", LIMITS.profile.inpMs, profile, ({ inpMs }) => rounded(inpMs, 8))}
${speed("largest paint (LCP), ms", "reported", profile, ({ lcpMs }) => rounded(lcpMs, 100))}
`;
}

function row(name, limit, bytes, key) {
  const figures = bytes ? Object.values(bytes.pages).map((page) => kib(page[key])) : [UNKNOWN];
  return `| ${name} | ${limit} | ${figures.join(" | ")} |`;
}

function speed(name, limit, profile, read) {
  const figures = profile ? [read(profile.login), read(profile.wallet)] : [UNKNOWN, UNKNOWN];
  return `| ${name} | ${limit} | ${figures.join(" | ")} |`;
}

/** The document without its figures and page names, for the comparison. */
function withoutFigures(text) {
  return text
    .split("\n")
    .map((line) => {
      if (line.startsWith("An empty page")) return line.replace(/[\d.]+\. |–\. /, "");
      return line.startsWith("|") ? line.split("|").slice(0, 3).join("|") : line;
    })
    .join("\n");
}

if (process.argv.includes("--check")) {
  const text = await readFile(DOCUMENT, "utf8").catch(() => "");
  const wanted = describe(null, null);
  if (withoutFigures(text) !== withoutFigures(wanted)) {
    process.stderr.write("docs/frontend-budget.md is not of these limits: make frontend-budget\n");
    process.exitCode = 1;
  }
} else {
  const [login, wallet, traffic] = await Promise.all(
    ["login", "wallet", "traffic"].map((name) => readFigures(name)),
  );
  const text = describe(await readFigures("bytes"), { login, wallet, traffic });
  await writeFile(DOCUMENT, text);
}
