/**
 * The only module that reads environment variables. The server reads them at run time, so that one
 * build serves every environment.
 */

function read(name: string): string {
  return process.env[name]?.trim() ?? "";
}

function readOrigin(name: string, fallback: string): string {
  const value = read(name) || fallback;
  return value === "" ? "" : new URL(value).origin;
}

/** The origin of the API, to which the page's own server forwards `/api/`. */
export function getApiOrigin(): string {
  return readOrigin("API_ORIGIN", "http://127.0.0.1:8000");
}

/**
 * Whether a proxy stands before the page's server that writes `X-Forwarded-For` and
 * `X-Forwarded-Proto` itself, so that the API may read them.
 */
export function isBehindProxy(): boolean {
  return /^(?:true|1|yes|on)$/i.test(read("WEB_BEHIND_PROXY"));
}

/** The origin of the API for the browser; empty if the browser calls the page's own origin. */
export function getPublicApiOrigin(): string {
  // The variable is read through a computed name: the build would replace a literal
  // `process.env.NEXT_PUBLIC_…` by its value at build time.
  return readOrigin("NEXT_PUBLIC_API_URL", "");
}

/** Support's e-mail address and phone number; empty where none is set. */
export function getSupportAddress(): { email: string; phone: string } {
  const email = read("NEXT_PUBLIC_SUPPORT_EMAIL");
  const phone = read("NEXT_PUBLIC_SUPPORT_PHONE").replace(/[\s()-]/g, "");
  return {
    email: /^[^\s@?&#]+@[^\s@?&#]+$/.test(email) ? email : "",
    phone: /^\+?\d{3,15}$/.test(phone) ? phone : "",
  };
}

/**
 * Other origins that may show the page in a frame; in development the simulator's virtual phone
 * does.
 */
export function getFrameAncestors(): string[] {
  return read("FRAME_ANCESTORS")
    .split(/[\s,]+/)
    .filter((origin) => /^https?:\/\/[\w.-]+(:\d+)?$/.test(origin));
}

export function isDevelopment(): boolean {
  return read("NODE_ENV") === "development";
}
