/** What other features may use of this one: opening the sheet. Anything more would be part of every first load. */
export { useDepositSheet } from "@/features/deposit/useDepositSheet";
