/** `make gallery`: its screenshots on contact sheets, two per language and colour scheme. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";

const HOME = process.env.GALLERY ?? "gallery";
const OUT = process.env.SHEETS ?? "../docs/images";
const SHEETS = ["en-light", "en-dark", "sw-light", "sw-dark"];

const STYLE = `
body{margin:0;padding:24px;width:1552px;background:#dfe3df;font:13px/1.3 system-ui;color:#111}
div{display:grid;grid-template-columns:repeat(10,1fr);gap:20px 12px}
figure{margin:0}figcaption{margin-top:4px}
img{display:block;width:100%;height:300px;object-fit:cover;object-position:top;border-radius:6px}`;

/** A sheet stays below the size that is allowed for a file in the repository. */
const PER_SHEET = 65;

for (const kind of SHEETS)
  test(`the sheets ${kind}`, async ({ page }) => {
    const names = readdirSync(HOME)
      .filter((name) => name.endsWith(`-${kind}.png`))
      .sort();
    expect(names.length).toBeGreaterThan(10);
    mkdirSync(OUT, { recursive: true });
    await page.setViewportSize({ width: 1600, height: 800 });
    for (let first = 0; first < names.length; first += PER_SHEET) {
      const figures = names.slice(first, first + PER_SHEET).map((name) => {
        const data = readFileSync(join(HOME, name)).toString("base64");
        const scene = name.slice(0, -`-${kind}.png`.length);
        return `<figure><img src="data:image/png;base64,${data}" alt=""><figcaption>${scene}</figcaption></figure>`;
      });
      await page.setContent(`<style>${STYLE}</style><div>${figures.join("")}</div>`);
      const path = join(OUT, `screens-${kind}-${String(first / PER_SHEET + 1)}.jpg`);
      await page.screenshot({ path, fullPage: true, type: "jpeg", quality: 55 });
    }
  });
