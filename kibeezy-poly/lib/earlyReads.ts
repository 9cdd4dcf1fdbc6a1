/** API reads that an inline script starts before the page's code has loaded: on a slow network the data then arrives together with the code. */

const PATHS = ["/api/auth/me/", "/api/wallet/", "/api/payments/transactions/"];
const FRESH_MS = 15_000;

/** A response and when it arrived, from which the server's clock is estimated. */
export type Answer = { response: Response; receivedMs: number };

type Early = { startedMs: number; answer: Promise<Answer | null> };

declare global {
  // The one way to extend what is declared elsewhere.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Window {
    earlyReads?: Record<string, Early>;
  }
}

/** The inline script, as text; it sends the same headers as fetchWithAuth. */
export const EARLY_READS = `(()=>{const{lang,dataset}=document.documentElement,reads={};
for(const path of ${JSON.stringify(PATHS)})reads[path]={startedMs:Date.now(),answer:fetch((dataset.apiOrigin??"")+path,
{headers:{Accept:"application/json","Accept-Language":lang},credentials:"include",cache:"no-store"}).then((response)=>({response,receivedMs:Date.now()}),()=>null)};
window.earlyReads=reads})()`;

/** The answer to an early read, once per path; null when there is none or it is too old, and the caller has to fetch. */
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
