/**
 * What other features may import from this one: only opening the sheet, because every page's first
 * load includes this file.
 */
export { useDepositSheet } from "@/features/deposit/useDepositSheet";
