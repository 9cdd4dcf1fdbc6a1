"use client";
/** How much may be deposited now and whose limit decides, as a sentence: the sheet and the limits page say the same. */
import { useText } from "@/hooks/useLanguage";
import { roomMessages } from "@/lib/messages/room";
import { formatKes } from "@/lib/money";
import type { Room } from "@/lib/room";

export function useRoomText(): (room: Room) => string {
  const text = useText(roomMessages);
  return ({ bound, limit, left }) =>
    text(`room_${bound}`, { left: formatKes(left), limit: formatKes(limit) });
}
