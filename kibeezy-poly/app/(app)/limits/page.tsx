import { titled } from "@/app/titled";
import { LimitsView } from "@/components/limits/LimitsView";
import { limitsMessages } from "@/lib/messages/limits";

export const generateMetadata = () => titled(limitsMessages.title);

export default function LimitsPage() {
  return <LimitsView />;
}
