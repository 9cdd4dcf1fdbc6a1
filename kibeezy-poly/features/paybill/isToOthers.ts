import type { Paybill } from "@/features/paybill/api";
import type { Payment } from "@/features/paybill/sms";

/**
 * True if the SMS names another account and another name than ours: it was paid to somebody else. A
 * hint only: the name at M-Pesa may be longer than the one that we know.
 */
export function isToOthers({ account, payee }: Payment, paybill: Paybill): boolean {
  if (payee === null) return false;
  if (account?.replace(/\D/g, "") === paybill.account_number) return false;
  const [one, two] = [toLetters(payee), toLetters(paybill.payee_name)];
  return one === "" || !(one.includes(two) || two.includes(one));
}

function toLetters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}]/gu, "");
}
