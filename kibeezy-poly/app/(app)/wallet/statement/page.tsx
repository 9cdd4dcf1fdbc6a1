import { titled } from "@/app/titled";
import { StatementView } from "@/components/statement/StatementView";
import { statementMessages } from "@/lib/messages/statement";

export const generateMetadata = () => titled(statementMessages.title);

export default function StatementPage() {
  return <StatementView />;
}
