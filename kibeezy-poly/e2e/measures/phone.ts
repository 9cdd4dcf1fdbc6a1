/** Emulates a cheap phone on a slow network in the browser, and measures pages on it. */
import type { BrowserContext, CDPSession, Page } from "@playwright/test";
import budget from "../../budget.json" with { type: "json" };

const { cpuSlowdown, roundsPerS } = budget.phone;

export type Network = { kbps: number; rttMs: number };

export async function slowDown(
  context: BrowserContext,
  page: Page,
  { kbps, rttMs }: Network = budget.phone,
): Promise<CDPSession> {
  const bytesPerS = (kbps * 1000) / 8;
  const rate = await findSlowdown(page);
  process.stdout.write(`a CPU ${rate.toFixed(1)} times slower\n`);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: rttMs,
    downloadThroughput: bytesPerS,
    uploadThroughput: bytesPerS,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate });
  return devtools;
}

/**
 * How many times to slow down the processor. A machine that is already slow or busy is slowed down
 * less, so that the emulated phone is equally fast everywhere.
 */
async function findSlowdown(page: Page): Promise<number> {
  const speed = await page.evaluate(countRoundsPerS);
  return Math.min(Math.max(speed / roundsPerS, 1), cpuSlowdown);
}

/**
 * Measures the speed of this machine: rounds per second of work typical for a page (create, sort,
 * look up and serialize objects).
 */
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
  // The result depends on `done`, so that the compiler cannot remove the loop's work.
  return done > 0 ? (rounds * 1000) / (performance.now() - startedMs) : 0;
}

export type Vitals = {
  /**
   * Milliseconds from the navigation until `button` could be tapped; null while it cannot be
   * tapped.
   */
  usableMs: number | null;
  lcpMs: number;
  layoutShift: number;
  /** The slowest reaction to a tap or key: milliseconds from the input to the next frame. */
  inpMs: number;
  slowest: string;
  /** The elements moved by the largest layout shift that the customer did not cause. */
  moved: string[];
};

/** Measures every page opened from now on; `button` is the one that the customer needs first. */
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
    // Layout shifts are summed as browsers define CLS: the worst group counts; a group ends after
    // one second without a shift, or five seconds after its start.
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
  // The browser delivers performance entries a moment after the event that they describe.
  await page.waitForTimeout(300);
  return page.evaluate(() => (window as unknown as { vitals: Vitals }).vitals);
}
