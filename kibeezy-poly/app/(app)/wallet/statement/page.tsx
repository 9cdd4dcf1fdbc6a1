import type { Metadata } from "next";
import { StatementView } from "@/components/statement/StatementView";

export const metadata: Metadata = { title: "Statement" };

export default function StatementPage() {
  return <StatementView />;
}
