/** What other features may use of this one. */
export { LogoutButton } from "@/features/auth/LogoutButton";
export { PASSWORD_MIN_LENGTH } from "@/features/auth/password";
