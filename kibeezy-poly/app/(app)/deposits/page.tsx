import type { Metadata } from "next";
import { DepositsView } from "@/components/history/DepositsView";

export const metadata: Metadata = { title: "Deposits" };

export default function DepositsPage() {
  return <DepositsView />;
}
