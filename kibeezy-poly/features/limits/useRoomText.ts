"use client";
/** How much may be deposited now and whose limit decides, as a sentence: the sheet and the limits page say the same. */
import type { Room } from "@/features/limits/room";
import { roomMessages } from "@/features/limits/roomMessages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

export function useRoomText(): (room: Room) => string {
  const text = useText(roomMessages);
  return ({ bound, limit, left }) =>
    text(`room_${bound}`, { left: formatKes(left), limit: formatKes(limit) });
}
