// Functions that build the page; text is never interpreted as HTML.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const money = new Intl.NumberFormat("en-KE");
export const kes = (amount) => `KES ${money.format(amount)}.00`;

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Africa/Nairobi",
});
export const timeOf = (text) => clock.format(new Date(text));

// Returns 254712345678 in the Kenyan form, 0712 345 678.
export const localNumber = (phone) => `0${phone.slice(3, 6)} ${phone.slice(6, 9)} ${phone.slice(9)}`;

// Returns a Kenyan phone number in any form as 2547… or 2541…; null if it is not one.
export function internationalNumber(text) {
  const digits = text.replace(/\D/g, "").replace(/^0+/, "");
  const national = digits.startsWith("254") ? digits.slice(3) : digits;
  return /^[17]\d{8}$/.test(national) ? `254${national}` : null;
}
