/**
 * What other features may import from this one: small parts only, because every page's first load
 * includes this file. The views are loaded on demand.
 */
export { type HandView, handMessages } from "@/features/paybill/handMessages";
export { PaybillProvider, usePaybill } from "@/features/paybill/PaybillProvider";
export { prepareHandViews, useHandViews } from "@/features/paybill/useHandViews";
export { wasPaybillShown } from "@/features/paybill/shown";
export { listOpenClaims } from "@/features/paybill/openClaims";
