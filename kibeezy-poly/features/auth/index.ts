/** The parts of this feature that other features may import. */
export { LogoutButton } from "@/features/auth/LogoutButton";
export { PASSWORD_MIN_LENGTH } from "@/features/auth/password";
