/** What other features may use of this one: how much may be deposited now, in numbers and in words. */
export { getLimits, type Limits } from "@/features/limits/api";
export { findDay, findRoom } from "@/features/limits/room";
export { roomMessages } from "@/features/limits/roomMessages";
export { useRoomText } from "@/features/limits/useRoomText";
