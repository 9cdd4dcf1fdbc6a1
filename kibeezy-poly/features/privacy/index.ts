/** The parts of this feature that other features may import. */
export { CloseCard } from "@/features/privacy/CloseCard";
export { ConsentCard } from "@/features/privacy/ConsentCard";
export { DataCard } from "@/features/privacy/DataCard";
