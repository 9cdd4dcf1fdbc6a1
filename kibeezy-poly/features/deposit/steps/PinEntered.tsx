"use client";
import { useEffect, useEffectEvent, useState } from "react";
import { useAnnouncement } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** How long the button rests: M-Pesa's answer takes a few seconds. */
const REST_MS = 5000;

type Rest = { isAsking: boolean; start: () => void };

/** The rest after a tap, kept across views; `onRested` is called when M-Pesa may have answered. */
export function useRest(onRested: () => void): Rest {
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
  return {
    isAsking,
    start: () => {
      setIsAsking(true);
    },
  };
}

/** "I have entered my PIN": has M-Pesa asked about the deposit at once. */
export function PinEntered({
  rest: { isAsking, start },
  onPin,
}: {
  rest: Rest;
  onPin: () => void;
}) {
  const text = useText(depositMessages);
  useAnnouncement(isAsking ? text("pinAsking") : null);
  return (
    <Button
      busy={isAsking}
      onClick={() => {
        start();
        onPin();
      }}
    >
      {text(isAsking ? "pinAsking" : "pinEntered")}
    </Button>
  );
}
