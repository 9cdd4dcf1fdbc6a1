import { titled } from "@/app/titled";
import { DepositsView } from "@/features/history/DepositsView";
import { historyMessages } from "@/features/history/messages";

export const generateMetadata = () => titled(historyMessages.title);

export default function DepositsPage() {
  return <DepositsView />;
}
