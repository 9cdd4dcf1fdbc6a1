/**
 * Builds the Content-Security-Policy header from its parameters; proxy.ts applies it to requests.
 */

/** The request header that passes the nonce to the page, for its inline scripts. */
export const NONCE_HEADER = "x-nonce";

/** The request header that passes the page's path and query to its layout. */
export const ADDRESS_HEADER = "x-address";

type CspOptions = {
  nonce: string;
  apiOrigin: string;
  frameAncestors: string[];
  development: boolean;
};

export function buildCsp({ nonce, apiOrigin, frameAncestors, development }: CspOptions): string {
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    // Next's development server needs `eval` and inline styles; a built page needs neither.
    "script-src": [
      "'self'",
      `'nonce-${nonce}'`,
      "'strict-dynamic'",
      ...when(development, "'unsafe-eval'"),
    ],
    "style-src": ["'self'", ...(development ? ["'unsafe-inline'"] : [`'nonce-${nonce}'`])],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", ...when(apiOrigin !== "", apiOrigin), ...when(development, "ws:")],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-src": ["'none'"],
    "frame-ancestors": ["'self'", ...frameAncestors],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

function when(condition: boolean, source: string): string[] {
  return condition ? [source] : [];
}
