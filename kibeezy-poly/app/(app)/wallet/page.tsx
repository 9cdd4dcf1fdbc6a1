import { titled } from "@/app/titled";
import { WalletView } from "@/components/WalletView";
import { walletMessages } from "@/lib/messages/wallet";

export const generateMetadata = () => titled(walletMessages.title);

export default function WalletPage() {
  return <WalletView />;
}
