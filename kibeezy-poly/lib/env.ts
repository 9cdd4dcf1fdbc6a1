/** The only module that reads the environment; the server reads it at run time, so one build serves every set-up. */

function read(name: string): string {
  return process.env[name]?.trim() ?? "";
}

function readOrigin(name: string, fallback: string): string {
  const value = read(name) || fallback;
  return value === "" ? "" : new URL(value).origin;
}

/** Where the page's own server forwards `/api/`. */
export function getApiOrigin(): string {
  return readOrigin("API_ORIGIN", "http://127.0.0.1:8000");
}

/** Another origin that the browser itself calls; empty means the page's own. */
export function getPublicApiOrigin(): string {
  // Read through a name, not as `process.env.NEXT_PUBLIC_…`, which the build would freeze.
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

/** Origins, besides our own, that may frame the page (the simulator's virtual phone does, in development). */
export function getFrameAncestors(): string[] {
  return read("FRAME_ANCESTORS")
    .split(/[\s,]+/)
    .filter((origin) => /^https?:\/\/[\w.-]+(:\d+)?$/.test(origin));
}

export function isDevelopment(): boolean {
  return read("NODE_ENV") === "development";
}
