/**
 * What other features may import from this one: small parts only, because every page's first load
 * includes this file. The views are loaded on demand.
 */
export { type HandView, handMessages } from "@/features/paybill/handMessages";
export { PaybillProvider, usePaybill } from "@/features/paybill/PaybillProvider";
export { wasPaybillShown } from "@/features/paybill/shown";
export { hasStoredClaims } from "@/features/paybill/storedClaims";
