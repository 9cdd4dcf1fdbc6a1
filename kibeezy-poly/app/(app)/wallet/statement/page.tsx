import { titled } from "@/app/titled";
import { statementMessages } from "@/features/statement/messages";
import { StatementView } from "@/features/statement/StatementView";

export const generateMetadata = () => titled(statementMessages.title);

export default function StatementPage() {
  return <StatementView />;
}
