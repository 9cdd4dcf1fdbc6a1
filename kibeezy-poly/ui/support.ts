/** How customers reach people, as the page's server was told; empty where there is no such way. */

export type Support = { email: string; phone: string };

export function getSupport(): Support {
  const { supportEmail = "", supportPhone = "" } = document.documentElement.dataset;
  return { email: supportEmail, phone: supportPhone };
}
