/** Support's contact data, which the page's server puts into the page; empty where none is set. */

export type Support = { email: string; phone: string };

export function getSupport(): Support {
  const { supportEmail = "", supportPhone = "" } = document.documentElement.dataset;
  return { email: supportEmail, phone: supportPhone };
}
