/** Support's contact data, set by the page's server; empty where there is none. */

export type Support = { email: string; phone: string };

export function getSupport(): Support {
  const { supportEmail = "", supportPhone = "" } = document.documentElement.dataset;
  return { email: supportEmail, phone: supportPhone };
}
