"use client";
import { type HandView, handMessages, usePaybill } from "@/features/paybill";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

type Offer = "claim" | "paybill" | "noPrompt";

type Props = { offers: Offer[]; onHand: (view: HandView) => void };

/** Offers of a payment by hand below the main button; none where the API takes none. */
export function HandOffers({ offers, onHand }: Props) {
  const text = useText(handMessages);
  if (usePaybill() === null) return null;
  return (
    <div className="flex flex-wrap justify-center gap-x-2">
      {offers.map((offer) => (
        <Button
          key={offer}
          kind="quiet"
          onClick={() => {
            onHand(offer === "claim" ? "claim" : "paybill");
          }}
        >
          {text(offer)}
        </Button>
      ))}
    </div>
  );
}
