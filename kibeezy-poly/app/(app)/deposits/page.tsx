import { titled } from "@/app/titled";
import { DepositsView } from "@/components/history/DepositsView";
import { historyMessages } from "@/lib/messages/history";

export const generateMetadata = () => titled(historyMessages.title);

export default function DepositsPage() {
  return <DepositsView />;
}
