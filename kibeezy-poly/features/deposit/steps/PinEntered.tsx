"use client";
import { useEffect, useEffectEvent, useState } from "react";
import { useAnnouncement } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** How long the button rests: M-Pesa's answer takes a few seconds. */
const REST_MS = 5000;

type Props = {
  /** Has M-Pesa asked about the deposit at once, instead of at the next regular time. */
  onPin: () => void;
  /** Called when M-Pesa may have answered. */
  onRested: () => void;
};

/** "I have entered my PIN"; the button rests after a tap and keeps its place and focus. */
export function PinEntered({ onPin, onRested }: Props) {
  const text = useText(depositMessages);
  const [isAsking, setIsAsking] = useState(false);
  const end = useEffectEvent(() => {
    setIsAsking(false);
    onRested();
  });
  useEffect(() => {
    if (!isAsking) return;
    const timer = setTimeout(() => {
      end();
    }, REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [isAsking]);
  useAnnouncement(isAsking ? text("pinAsking") : null);
  return (
    <Button
      busy={isAsking}
      className="min-h-14 w-full text-lg"
      onClick={() => {
        setIsAsking(true);
        onPin();
      }}
    >
      {text(isAsking ? "pinAsking" : "pinEntered")}
    </Button>
  );
}
