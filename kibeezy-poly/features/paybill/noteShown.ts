/** Remembers on this device that the paybill's numbers were shown, and forgets it. */
import { shownKey } from "@/features/paybill/shown";
import { writeStored } from "@/lib/storage";
import { serverNow } from "@/lib/time";

export function notePaybillShown(userId: number): void {
  writeStored(shownKey(userId), { at: serverNow() });
}

/** To be called once the customer has said that nothing was paid, or the payment was found. */
export function forgetPaybillShown(userId: number): void {
  writeStored(shownKey(userId), null);
}
