import type { Metadata } from "next";
import { LimitsView } from "@/components/limits/LimitsView";

export const metadata: Metadata = { title: "Limits" };

export default function LimitsPage() {
  return <LimitsView />;
}
