/** A cheap phone on a slow network, emulated by the browser, and the measurements on it. */
import type { BrowserContext, CDPSession, Page } from "@playwright/test";
import budget from "../../budget.json" with { type: "json" };

const { kbps, rttMs, cpuSlowdown, roundsPerS } = budget.phone;
const BYTES_PER_S = (kbps * 1000) / 8;

export async function slowDown(context: BrowserContext, page: Page): Promise<CDPSession> {
  const rate = await findSlowdown(page);
  process.stdout.write(`a CPU ${rate.toFixed(1)} times slower\n`);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: rttMs,
    downloadThroughput: BYTES_PER_S,
    uploadThroughput: BYTES_PER_S,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate });
  return devtools;
}

/** A machine that is already slow or busy is slowed down less, so that the emulated phone stays the same. */
async function findSlowdown(page: Page): Promise<number> {
  const speed = await page.evaluate(countRoundsPerS);
  return Math.min(Math.max(speed / roundsPerS, 1), cpuSlowdown);
}

/** Typical work of a page's code: create objects, sort them, look them up, serialize them. */
function countRoundsPerS(): number {
  const FOR_MS = 400;
  const startedMs = performance.now();
  let rounds = 0;
  let done = 0;
  while (performance.now() - startedMs < FOR_MS) {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      id: (index * 7919) % 200,
      name: `row ${String(index)}`,
    }));
    rows.sort((one, other) => one.id - other.id);
    done += JSON.stringify(rows).length + new Map(rows.map((row) => [row.name, row])).size;
    rounds += 1;
  }
  // The result is used, so that no compiler removes the work.
  return done > 0 ? (rounds * 1000) / (performance.now() - startedMs) : 0;
}

export type Vitals = {
  /** From the navigation until `button` could be tapped; null while it cannot. */
  usableMs: number | null;
  lcpMs: number;
  layoutShift: number;
  /** The slowest of all taps and keys, from the touch to the next frame. */
  inpMs: number;
  slowest: string;
  /** The largest layout shift that the customer did not cause. */
  moved: string[];
};

/** Measures every page that is opened from now on; `button` is the one the customer needs. */
export async function watchVitals(page: Page, button: string): Promise<void> {
  await page.addInitScript((selector) => {
    const vitals = {
      usableMs: null as number | null,
      lcpMs: 0,
      layoutShift: 0,
      inpMs: 0,
      slowest: "",
      moved: [] as string[],
    };
    Object.assign(window, { vitals });
    const observe = (type: string, use: (entry: never) => void, options = {}) => {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) use(entry as never);
      }).observe({ type, buffered: true, ...options });
    };
    observe("largest-contentful-paint", (entry: PerformanceEntry) => {
      vitals.lcpMs = entry.startTime;
    });
    type Shift = PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
      sources: { node: Node | null }[];
    };
    // As browsers count CLS: the worst session window, which ends after one second without a shift or after five in all.
    const burst = { value: 0, first: 0, last: 0 };
    observe("layout-shift", ({ value, hadRecentInput, sources, startTime }: Shift) => {
      if (hadRecentInput) return;
      if (startTime - burst.last > 1000 || startTime - burst.first > 5000)
        Object.assign(burst, { value: 0, first: startTime });
      Object.assign(burst, { value: burst.value + value, last: startTime });
      vitals.layoutShift = Math.max(vitals.layoutShift, burst.value);
      const words = sources.map(({ node }) => node?.textContent?.slice(0, 40) ?? "?");
      vitals.moved.push(`${value.toFixed(3)}: ${words.join(" | ")}`);
    });
    const note = (entry: PerformanceEntry & { interactionId: number }) => {
      if (entry.interactionId === 0 || entry.duration <= vitals.inpMs) return;
      vitals.inpMs = entry.duration;
      const { target } = entry as unknown as { target: Element | null };
      const words = target?.textContent.slice(0, 30) ?? "?";
      vitals.slowest = `${entry.name} on ${words}`;
    };
    observe("event", note, { durationThreshold: 16 });
    const look = () => {
      const found = [...document.querySelectorAll<HTMLButtonElement>(selector)];
      const usable = found.some(
        (one) => !one.disabled && Object.keys(one).some((key) => key.startsWith("__react")),
      );
      if (usable) vitals.usableMs = performance.now();
      else setTimeout(look, 25);
    };
    look();
  }, button);
}

export async function readVitals(page: Page): Promise<Vitals> {
  // Performance entries arrive a moment after the event.
  await page.waitForTimeout(300);
  return page.evaluate(() => (window as unknown as { vitals: Vitals }).vitals);
}
