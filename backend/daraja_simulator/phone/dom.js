// Small tools for building the page; text never becomes markup.

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

// 254712345678 as people in Kenya write it.
export const localNumber = (phone) => `0${phone.slice(3, 6)} ${phone.slice(6, 9)} ${phone.slice(9)}`;

// Any Kenyan spelling as 2547… or 2541…; null if it is none.
export function internationalNumber(text) {
  const digits = text.replace(/\D/g, "").replace(/^0+/, "");
  const national = digits.startsWith("254") ? digits.slice(3) : digits;
  return /^[17]\d{8}$/.test(national) ? `254${national}` : null;
}
