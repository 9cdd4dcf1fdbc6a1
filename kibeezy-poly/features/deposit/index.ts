/**
 * What other features may import from this one: opening the sheet, because every page's first
 * load includes this file.
 */
export { useDepositSheet } from "@/features/deposit/useDepositSheet";
export { findLastPaid } from "@/features/deposit/lastPaid";
