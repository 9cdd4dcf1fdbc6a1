import { titled } from "@/app/titled";
import { LimitsView } from "@/features/limits/LimitsView";
import { limitsMessages } from "@/features/limits/messages";

export const generateMetadata = () => titled(limitsMessages.title);

export default function LimitsPage() {
  return <LimitsView />;
}
