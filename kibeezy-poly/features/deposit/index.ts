/** What other features may use of this one: the way to the sheet. More here would be part of every first load. */
export { useDepositSheet } from "@/features/deposit/useDepositSheet";
