/**
 * The views of deposits that were not completed, and the picture of the receipt of one that was:
 * loaded together when a deposit is reviewed.
 */
export { DepositFailure } from "@/features/deposit/steps/DepositFailure";
export { DepositRejection } from "@/features/deposit/steps/DepositRejection";
export { ProviderDown } from "@/features/deposit/steps/ProviderDown";
export { drawReceipt } from "@/lib/receiptPicture";
