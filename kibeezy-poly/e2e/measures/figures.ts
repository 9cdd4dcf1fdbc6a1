/** Stores measured figures, from which `make frontend-budget` writes its document. */
import { mkdirSync, writeFileSync } from "node:fs";

export function keepFigures(name: string, figures: unknown): void {
  mkdirSync(".figures", { recursive: true });
  writeFileSync(`.figures/${name}.json`, `${JSON.stringify(figures, null, 2)}\n`);
}
