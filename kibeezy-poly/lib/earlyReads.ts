/** Reads that the page's markup starts before any of its code has come: on a slow network the numbers are then there as soon as the code is. */

const PATHS = ["/api/auth/me/", "/api/wallet/", "/api/payments/transactions/"];
const FRESH_MS = 15_000;

/** With the moment it came, by which the server's clock is read. */
export type Answer = { response: Response; receivedMs: number };

type Early = { startedMs: number; answer: Promise<Answer | null> };

declare global {
  // The one way to extend what is declared elsewhere.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Window {
    earlyReads?: Record<string, Early>;
  }
}

/** Runs in the markup, so it is a text; it asks as fetchWithAuth does. */
export const EARLY_READS = `(()=>{const{lang,dataset}=document.documentElement,reads={};
for(const path of ${JSON.stringify(PATHS)})reads[path]={startedMs:Date.now(),answer:fetch((dataset.apiOrigin??"")+path,
{headers:{Accept:"application/json","Accept-Language":lang},credentials:"include",cache:"no-store"}).then((response)=>({response,receivedMs:Date.now()}),()=>null)};
window.earlyReads=reads})()`;

/** The answer to a read that is under way already, once; null when there is none, and the caller asks itself. */
export async function takeEarlyRead(path: string, signal: AbortSignal): Promise<Answer | null> {
  const early = window.earlyReads?.[path];
  if (early === undefined) return null;
  Reflect.deleteProperty(window.earlyReads ?? {}, path);
  if (Date.now() - early.startedMs > FRESH_MS) return null;
  return Promise.race([early.answer, failOnAbort(signal)]);
}

function failOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
  });
}
