/** Builds the Content-Security-Policy header; knows nothing of requests. */

/** The request header that carries the nonce to the page's own inline scripts. */
export const NONCE_HEADER = "x-nonce";

type CspOptions = {
  nonce: string;
  apiOrigin: string;
  frameAncestors: string[];
  development: boolean;
};

export function buildCsp({ nonce, apiOrigin, frameAncestors, development }: CspOptions): string {
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    // The development server evaluates code and writes style tags; a build does neither.
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
