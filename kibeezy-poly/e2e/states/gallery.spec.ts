/** `make gallery`: screenshots of every scene in both languages and colour schemes, side by side on one page. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Page, test } from "@playwright/test";
import { openScene } from "./scene";
import { SCENES } from "./scenes";

const HOME = process.env.GALLERY ?? "gallery";
const LANGUAGES = ["en", "sw"] as const;
const SCHEMES = ["light", "dark"] as const;
const WIDE = new Set(["login", "wallet", "form-empty", "succeeded"]);

test.beforeAll(() => {
  mkdirSync(HOME, { recursive: true });
  writeFileSync(join(HOME, "index.html"), buildIndex());
});

for (const language of LANGUAGES) {
  for (const scene of SCENES) {
    test(`${scene.name}, ${language}`, async ({ page }) => {
      await page.setViewportSize({ width: 360, height: 800 });
      await page.emulateMedia({ reducedMotion: "reduce" });
      await openScene(page, scene, language);
      await shoot(page, `${scene.name}-${language}`);
      if (!WIDE.has(scene.name)) return;
      await page.setViewportSize({ width: 1280, height: 800 });
      await shoot(page, `${scene.name}-${language}-wide`);
    });
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(HOME, `${name}-${colorScheme}.png`), fullPage: true });
  }
}

function buildIndex(): string {
  const sections = SCENES.map(({ name }) => `<h2 id="${name}">${name}</h2>${buildRow(name)}`);
  const links = SCENES.map(({ name }) => `<a href="#${name}">${name}</a>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Every state</title><style>
body{font:16px/1.5 system-ui;margin:2rem;background:#ddd;color:#111}nav{columns:14rem}nav a{display:block}
div{display:flex;gap:1rem;overflow-x:auto;align-items:flex-start}figure{margin:0}img{width:360px;border:1px solid #999}
img.wide{width:640px}</style><h1>Every state</h1><nav>${links.join("")}</nav>${sections.join("\n")}</html>\n`;
}

function buildRow(name: string): string {
  const ends = WIDE.has(name) ? ["", "-wide"] : [""];
  const figures = ends.flatMap((end) =>
    LANGUAGES.flatMap((language) =>
      SCHEMES.map(
        (scheme) =>
          `<figure><img loading="lazy" class="${end.slice(1)}" src="${name}-${language}${end}-${scheme}.png" alt=""><figcaption>${language}, ${scheme}</figcaption></figure>`,
      ),
    ),
  );
  return `<div>${figures.join("")}</div>`;
}
