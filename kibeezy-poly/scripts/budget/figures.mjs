// Stores measured figures, from which `make frontend-budget` writes its document.
import { mkdir, readFile, writeFile } from "node:fs/promises";

const HOME = ".figures";

export async function keepFigures(name, figures) {
  await mkdir(HOME, { recursive: true });
  await writeFile(`${HOME}/${name}.json`, `${JSON.stringify(figures, null, 2)}\n`);
}

export async function readFigures(name) {
  return JSON.parse(await readFile(`${HOME}/${name}.json`, "utf8"));
}
