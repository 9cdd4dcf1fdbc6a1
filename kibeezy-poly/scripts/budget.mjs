// Measures the first load of every built page; exits with 1 when one is over its budget.
import { readFile } from "node:fs/promises";
import { listChunks, listPages, withBuiltPage } from "./budget/builtPage.mjs";
import { weighEmptyPage } from "./budget/emptyPage.mjs";
import { keepFigures } from "./budget/figures.mjs";
import { weighBrotli, weighLater, weighPage } from "./budget/weigh.mjs";

const KIB = 1024;
const LIMITS = JSON.parse(await readFile("budget.json", "utf8")).bytes;
const WALLET = "/wallet";
// A text of the deposit sheet, by which the scripts that contain the sheet are found.
const DEPOSIT_MARK = "How much do you want to deposit?";
// The same of the views of deposits that were not completed.
const OUTCOME_MARK = "M-PESA takes no payment this small";
// The same of the views of a payment by hand, which the sheet loads when one is opened.
const BY_HAND_MARK = "Your own account number";

try {
  const figures = await measure();
  await keepFigures("bytes", figures);
  process.exitCode = report(figures) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function measure() {
  const empty = await weighEmptyPage();
  const paths = await listPages();
  if (!paths.includes(WALLET)) throw new Error("There is no wallet page in the build.");
  return withBuiltPage(async (origin) => {
    const pages = {};
    for (const path of paths) {
      const page = await weighPage(origin, path);
      if (page === null) continue;
      const { html, scripts, files, css, fonts, images } = page;
      pages[path] = { html, scripts, ours: scripts - empty, files, css, fonts, images };
      for (const mark of [DEPOSIT_MARK, BY_HAND_MARK, OUTCOME_MARK])
        if (path === WALLET && page.text.includes(mark))
          throw new Error(`"${mark}" is part of the first load of ${path}.`);
    }
    const wallet = await weighPage(origin, WALLET);
    const deposit = await weighLater(origin, wallet, DEPOSIT_MARK, OUTCOME_MARK);
    const byHand = await weighLater(origin, wallet, BY_HAND_MARK);
    const outcome = deposit.inner;
    if (deposit.size === 0 || byHand.size === 0 || outcome.size === 0)
      throw new Error("No later script holds the deposit sheet: has its title changed?");
    // Each file has a Brotli copy, which most browsers get, so the copies are measured too.
    await weighBrotli(origin, await listChunks());
    const brotli = await weighBrotli(origin, [...wallet.names, ...wallet.styles]);
    return { empty, deposit, byHand, outcome, brotli, pages };
  });
}

function report({ empty, deposit, byHand, outcome, brotli, pages }) {
  const lines = Object.entries(pages).map(([path, page]) => describe(path, page));
  lines.push(inLimit("deposit, on intent", deposit.size, LIMITS.depositKiB));
  lines.push(inLimit("deposit that is not completed, on review", outcome.size, LIMITS.outcomeKiB));
  lines.push(inLimit("payment by hand, on intent", byHand.size, LIMITS.byHandKiB));
  lines.push(`an empty page of the same Next: ${toKiB(empty)} KiB`);
  lines.push(`the wallet's scripts and styles in Brotli: ${toKiB(brotli)} KiB`);
  process.stdout.write(`KiB of gzip, each of its limit\n${lines.join("\n")}\n`);
  return !lines.some((line) => line.includes("OVER"));
}

function describe(path, page) {
  const figures = [
    inLimit("first-load JavaScript", page.scripts, LIMITS.firstLoadKiB),
    inLimit("ours", page.ours, LIMITS.oursKiB),
    inLimit("CSS", page.css, LIMITS.cssKiB),
    inLimit("fonts", page.fonts, LIMITS.fontsKiB),
    inLimit("images", page.images, LIMITS.imagesKiB),
  ];
  return `${path}: ${figures.join(", ")}`;
}

function inLimit(name, size, limitKiB) {
  return `${name} ${toKiB(size)} of ${limitKiB}${size > limitKiB * KIB ? " OVER" : ""}`;
}

function toKiB(size) {
  return (size / KIB).toFixed(1);
}
