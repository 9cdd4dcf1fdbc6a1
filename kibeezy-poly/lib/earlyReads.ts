/**
 * API reads started by an inline script before the page's code has loaded, so that on a slow
 * network data and code load at the same time.
 */

const PATHS = [
  "/api/auth/me/",
  "/api/wallet/",
  "/api/payments/transactions/",
  "/api/payments/paybill/",
];
const FRESH_MS = 15_000;

/** A response and the time of its arrival, which is needed to estimate the server's clock. */
export type Answer = { response: Response; receivedMs: number };

type Early = { startedMs: number; answer: Promise<Answer | null> };

declare global {
  // TypeScript can add to the declared type of `window` only through an interface.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Window {
    earlyReads?: Record<string, Early>;
  }
}

/** The inline script as text; its requests have the same headers as those of fetchWithAuth. */
export const EARLY_READS = `(()=>{const{lang,dataset}=document.documentElement,reads={};
for(const path of ${JSON.stringify(PATHS)})reads[path]={startedMs:Date.now(),answer:fetch((dataset.apiOrigin??"")+path,
{headers:{Accept:"application/json","Accept-Language":lang},credentials:"include",cache:"no-store"}).then((response)=>({response,receivedMs:Date.now()}),()=>null)};
window.earlyReads=reads})()`;

/**
 * The response to an early read of this path, given once. Null if there is none or it is too old;
 * the caller then sends the request.
 */
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
